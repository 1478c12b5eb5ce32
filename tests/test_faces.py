"""The sheet of faces tells twins and small pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.faces import difference, nearest, share, sheet, small


def drawn(path: Path, box: tuple[int, int, int, int], color: tuple[int, int, int]) -> Path:
    """Write a transparent picture with a rectangle."""
    picture = Image.new("RGBA", (960, 720))
    ImageDraw.Draw(picture).rectangle(box, (*color, 255))
    picture.save(path)
    return path


def test_what_a_place_fills_is_told_and_its_twin(tmp_path: Path) -> None:
    paths = {
        "pit": drawn(tmp_path / "pit.webp", (0, 0, 479, 719), (160, 60, 50)),
        "twin": drawn(tmp_path / "twin.webp", (0, 0, 489, 719), (164, 62, 50)),
        "lake": drawn(tmp_path / "lake.webp", (480, 360, 959, 719), (40, 80, 120)),
    }
    pictures = {name: small(path) for name, path in paths.items()}
    assert share(pictures["pit"]) == pytest.approx(0.5, abs=0.01)
    assert share(pictures["lake"]) == pytest.approx(0.25, abs=0.01)
    assert difference(pictures["pit"], pictures["pit"]) == 0
    twins = nearest(pictures)
    assert twins["pit"][1] == "twin"
    assert twins["pit"][0] < 0.05
    assert twins["lake"][0] > 0.3
    assert sheet(paths).size == (3200, 324)
