"""The large scans of the benchmark are what they say: 16 times the triangles, and points about the surface."""

from pathlib import Path

import numpy as np

from carreau.models.stages.read import read
from tests.bench.large_scans import NOISE, STRAYS, make_fine, make_stereo_cloud
from tests.test_messy_scan import rough_slope


def test_triangles_are_split_twice_and_the_picture_stays_in_its_place(tmp_path: Path) -> None:
    source = rough_slope(tmp_path)
    before, after = read(source).mesh, read(make_fine(source, tmp_path / "fine")).mesh
    assert len(after.faces) == 16 * len(before.faces)
    # On this sheet the picture lies along x and y: the ripples move no place further than they are high.
    across = after.positions[after.faces][..., 0] / np.ptp(before.positions[:, 0])
    assert np.abs(across - after.texcoords[0][..., 0]).max() < 1e-3


def test_points_lie_about_the_surface_and_some_stray(tmp_path: Path) -> None:
    (tmp_path / "flat").mkdir()
    source = rough_slope(tmp_path)
    lines = [
        " ".join([*line.split()[:3], "0"]) if line.startswith("v ") else line for line in source.read_text().split("\n")
    ]
    source.write_text("\n".join(lines), "utf-8")
    cloud = read(make_stereo_cloud(source, tmp_path / "cloud", points=50_000)).cloud
    assert cloud is not None
    diagonal = float(np.linalg.norm(np.ptp(read(source).mesh.positions, axis=0)))
    away = np.abs(cloud.positions[:, 2]) / diagonal
    assert len(cloud.positions) == 50_000
    assert STRAYS / 2 < (away > 0.01).mean() < STRAYS * 1.5
    assert (away < 2 * NOISE).mean() > 0.8
