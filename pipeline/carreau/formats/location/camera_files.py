"""Where the files of camera poses lie beside a scan."""

from __future__ import annotations

from pathlib import Path

from carreau.formats.location.sidecar_text import in_folder

CAMERA_FILES = (
    "images.bin", "images.txt", "cameras.xml", "sfm_data.json", "reconstruction.json", "bundle.out", "transforms.json",
)  # fmt: skip
"""Their names; see `carreau.formats.location.cameras.READERS`."""

FOLDERS = (".", "sparse", "sparse/0", "../opensfm")
"""Their folders, from that of a scan: COLMAP's sparse model, and the folder of OpenSfM in OpenDroneMap."""


def camera_files(scan: Path) -> list[Path]:
    """Return the files beside a scan that have the names of files of cameras, without reading them."""
    folder = scan if scan.is_dir() else scan.parent
    places = [folder / name for name in FOLDERS]
    return [path for place in places if place.is_dir() for path in in_folder(place, CAMERA_FILES)]
