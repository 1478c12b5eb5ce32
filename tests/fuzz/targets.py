"""What reads each kind of file: as the commands do, and with the checks that hold for whatever was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from carreau.base.model import Cloud, Material, Mesh
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.i18n.po import read_book
from carreau.catalogue.i18n.text_exchange import open_delivery
from carreau.catalogue.media import probe_document, probe_image
from carreau.catalogue.video import probe_sound, probe_video, read_captions
from carreau.formats.gltf import scene_reader
from carreau.formats.images.image import decode, decode_alpha, open_texture
from carreau.formats.location.poses import read_cameras
from carreau.formats.location.sidecars import read_sidecars, sidecar_files
from carreau.formats.registry import references
from carreau.formats.safe_paths import beside
from carreau.geometry.location.up_axis import up_shares
from carreau.models.stages.inspect import describe, inspect
from carreau.models.stages.read import read
from carreau.site.releases import kept_releases, older, served_release
from carreau.site.verify import verify

_PROBES: Mapping[str, Callable[[Path], object]] = {
    ".vtt": read_captions, ".pdf": probe_document, ".mp4": probe_video, ".webm": probe_video, ".jpg": probe_image,
}  # fmt: skip


def read_scan(path: Path) -> None:
    """Read a scan and its textures, and inspect it, as `carreau inspect` does; and an animated glTF as a scene."""
    for name in references(path):
        beside(path, name)
    scan = read(path)
    check_mesh(scan.mesh)
    if scan.cloud is not None:
        check_cloud(scan.cloud)
    for material in scan.mesh.materials:
        _decode_textures(material)
    describe(inspect(scan))
    if scan.facts.format in ("GLB", "glTF") and scene_reader.is_animated(path):
        scene_reader.read(path)


def _decode_textures(material: Material) -> None:
    for slot in (material.base, material.normal, material.occlusion):
        if slot is not None:
            decode(slot.texture)
            decode_alpha(slot.texture)


def check_mesh(mesh: Mesh) -> None:
    """Raise AssertionError for arrays that do not fit together."""
    assert mesh.faces.dtype == np.int32
    assert mesh.faces.shape[1:] == (3,)
    assert mesh.faces.min(initial=0) >= 0
    assert mesh.faces.max(initial=-1) < len(mesh.positions)
    assert all(texcoords.shape == (len(mesh.faces), 3, 2) for texcoords in mesh.texcoords)
    assert mesh.normals is None or mesh.normals.shape == (len(mesh.faces), 3, 3)
    assert mesh.colors is None or mesh.colors.shape == mesh.positions.shape
    assert len(mesh.face_materials) == len(mesh.faces)
    assert mesh.face_materials.min(initial=0) >= 0
    assert mesh.face_materials.max(initial=0) < max(len(mesh.materials), 1)


def check_cloud(cloud: Cloud) -> None:
    """Raise AssertionError for arrays that do not fit together, or positions that are not finite."""
    assert np.isfinite(cloud.positions).all()
    assert cloud.positions.shape == (len(cloud.positions), 3)
    assert cloud.colors is None or cloud.colors.shape == cloud.positions.shape
    assert cloud.normals is None or cloud.normals.shape == cloud.positions.shape
    assert cloud.intensity is None or cloud.intensity.shape == cloud.positions.shape[:1]


def read_image(path: Path) -> None:
    """Decode a texture from its file and from its bytes."""
    for data in (path, path.read_bytes()):
        texture = open_texture(path.name, data, path)
        decode(texture)
        decode_alpha(texture)


def read_location(path: Path) -> None:
    """Read the notes and sidecars of a scan, and weigh the cameras beside it."""
    sidecar_files(path)
    read_sidecars(path)
    for cameras in read_cameras(path).sets:
        assert np.isfinite(cameras.centers).all()
        assert all(0 <= share <= 1 for share in up_shares(cameras).values())


def read_texts(path: Path) -> None:
    """Read what a translator delivers."""
    if path.suffix == ".po":
        read_book(path)
    open_delivery(path)


def check_assets(path: Path) -> None:
    """Check the catalogue that a file belongs to, and print the findings, each with its cause and its cure."""
    root = next(each for each in path.parents if (each / "sites").is_dir())
    result = check_folder(root)
    result.as_json()
    for line in result.lines():
        assert "\n" not in str(line)


def verify_bundle(path: Path) -> None:
    """Verify the bundle that a file belongs to, and list its releases."""
    root = next(each for each in path.parents if (each / "a").is_dir())
    result = verify(root)
    result.lines()
    older(root)
    kept_releases(root)
    served_release(root)


def probe_media(path: Path) -> None:
    """Read the header of a picture, a film, a sound, a document or captions."""
    _PROBES.get(path.suffix, probe_sound)(path)


TARGETS: dict[str, Callable[[Path], None]] = {
    "scan": read_scan, "image": read_image, "location": read_location, "texts": read_texts,
    "catalogue": check_assets, "bundle": verify_bundle, "media": probe_media,
}  # fmt: skip
"""What reads a file, by the kind of its seed."""
