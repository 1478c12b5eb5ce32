"""Location and size of a scan: from options, `scan.toml` and sidecar files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from carreau.formats.location.cameras import read_cameras
from carreau.formats.location.metadata import PlacementMetadata
from carreau.formats.location.scan_toml import notes_file
from carreau.formats.location.sidecars import read_sidecars
from carreau.geometry.location.placement import Placement, merge_placements


def resolve_placement(scan: Path, asked: tuple[PlacementMetadata, ...] = ()) -> Placement:
    """Return what counts: options before scan.toml, before sidecars; the file itself and guesses come later.

    The cameras beside a scan are for such a guess; files of them that cannot be read are ignored with a decision.

    Raises ScanError, or a narrower one, for a sidecar or scan.toml that is broken.
    """
    persons = len(asked) + (notes_file(scan) is not None)
    return replace(merge_placements((*asked, *read_sidecars(scan)), persons), cameras=read_cameras(scan))
