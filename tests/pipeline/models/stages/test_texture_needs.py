"""A level gets no more texels than the scan's looks are worth."""

from __future__ import annotations

from pathlib import Path

from carreau.geometry.uv.layout import covered_share, examine_layout
from carreau.models.stages.read import read
from carreau.models.stages.unwrap import TEXELS_A_VERTEX, examine_appearance


def test_a_texture_counts_as_far_as_it_is_covered(tiny_scans: Path) -> None:
    looks = examine_appearance(read(tiny_scans / "globe.obj").mesh)
    assert looks.has_color
    assert not looks.has_normal
    assert not looks.has_occlusion
    assert 0.8 * 128 * 128 < looks.texels <= 128 * 128
    mesh = read(tiny_scans / "globe.obj").mesh
    assert covered_share(mesh) == examine_layout(mesh).covered


def test_vertex_colours_count_by_the_vertex(tiny_scans: Path) -> None:
    mesh = read(tiny_scans / "painted.ply").mesh
    looks = examine_appearance(mesh)
    assert looks.has_color
    assert looks.texels == TEXELS_A_VERTEX * len(mesh.positions)


def test_a_bare_scan_is_worth_none(tiny_scans: Path) -> None:
    looks = examine_appearance(read(tiny_scans / "plain.stl").mesh)
    assert not looks.has_color
    assert looks.texels == 0
