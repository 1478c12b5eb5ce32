"""Options go before scan.toml, scan.toml before sidecars, and each field is told with who said it."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.errors import ScanError
from carreau.base.messages import message
from carreau.formats.location.crs import PlacementMetadata, not_located
from carreau.geometry.location.placement import NO_PLACEMENT, merge_placements
from carreau.models.stages.read import resolve_placement

METADATA = "<ModelMetadata><SRS>EPSG:2154</SRS><SRSOrigin>1,2,3</SRSOrigin></ModelMetadata>"


def test_nothing_said(tmp_path: Path) -> None:
    assert resolve_placement(tmp_path / "mill.obj") == NO_PLACEMENT


def test_the_first_to_say_it_counts(tmp_path: Path) -> None:
    (tmp_path / "scan.toml").write_text("unit = 'mm'\nup = 'x'\nepsg = 2154")
    (tmp_path / "metadata.xml").write_text(METADATA)
    found = resolve_placement(tmp_path / "mill.obj", (PlacementMetadata("--up", up="y"),))
    assert (found.up, found.unit, found.crs, found.offset) == ("y", "mm", "EPSG:2154", (1, 2, 3))
    assert found.sources == {"up": "--up", "unit": "scan.toml", "crs": "scan.toml", "offset": "metadata.xml"}
    assert set(found.set_by_person) == {"up", "unit", "crs"}


def test_an_offset_of_another_system_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "metadata.xml").write_text(METADATA)
    found = resolve_placement(tmp_path / "mill.obj", (PlacementMetadata("--epsg", crs="EPSG:9794"),))
    assert (found.crs, found.offset) == ("EPSG:9794", None)
    assert found.decisions == (
        "the offset of metadata.xml is ignored: it belongs to EPSG:2154, not to EPSG:9794",
    )  # fmt: skip
    with_own = resolve_placement(
        tmp_path / "mill.obj",
        (PlacementMetadata("--epsg", crs="EPSG:9794"), PlacementMetadata("--offset", offset=(4, 5, 6))),
    )
    assert with_own.offset == (4, 5, 6)


def test_a_warning_of_a_sidecar_ends_where_a_person_says_the_place() -> None:
    unsure = PlacementMetadata("a.rsInfo", warnings=(not_located("a.rsInfo", message("reason"), message("cure")),))
    assert merge_placements([unsure]).warnings
    assert not merge_placements([PlacementMetadata("--epsg", crs="EPSG:2154"), unsure], 1).warnings


def test_a_height_keeps_its_two_ends() -> None:
    said = [
        PlacementMetadata("--height", height_m=3.0),
        PlacementMetadata("scan.toml", height_m=4.0, height_between=((0, 0, 0), (0, 0, 1))),
    ]
    assert merge_placements(said, 2).height_between is None
    assert merge_placements(said[1:], 1).height_between == ((0, 0, 0), (0, 0, 1))


def test_a_broken_sidecar_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metadata.xml").write_text("<ModelMetadata>")
    with pytest.raises(ScanError, match=r"metadata\.xml, line 1: the XML is not well formed"):
        resolve_placement(tmp_path / "mill.obj")
