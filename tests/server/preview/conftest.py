"""A folder of models as `carreau model` leaves it."""

from __future__ import annotations

import json
from pathlib import Path

import brotli
import pytest

REPORT = {
    "name": "Fosse <Arenberg>",
    "source": "Drone survey, 2025",
    "licence": "CC BY 4.0",
    "scan": {
        "file": "arenberg.obj",
        "format": "OBJ",
        "detail": "text",
        "triangles": 598_000,
        "size_m": [12.5, 60.0, 0.5],
        "decisions": ["y is up: the base says so"],
        "warnings": ["the texture brick.png is missing"],
    },
    "levels": [
        {
            "name": "phone",
            "file": "phone.glb",
            "bytes": 1_300_000,
            "brotli_bytes": 1_200_000,
            "triangles": 80_000,
            "texture": {"width": 2048, "height": 2048, "format": "webp"},
            "textures": [{"slot": "base"}, {"slot": "normal"}],
            "gpu_bytes": 22_369_621,
            "error": {
                "psnr_db": 35.04,
                "to_level": {"rms": 0.0021, "largest": 0.4},
                "to_scan": {"rms": 0.0034, "largest": 0.02},
            },
            "decisions": ["a new atlas, chosen by measuring"],
        },
        {"name": "desktop", "file": "desktop.glb"},
    ],
}
GLB = b"glTF" + b"model" * 100


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "fosse arenberg"
    folder.mkdir(parents=True)
    (folder / "phone.glb").write_bytes(GLB)
    (folder / "phone.glb.br").write_bytes(brotli.compress(GLB))
    for name in ("poster.webp", "build.log", ".hidden.glb"):
        (folder / name).write_bytes(b"RIFF")
    (folder / "report.json").write_text(json.dumps(REPORT))
    (tmp_path / "models" / "broken").mkdir()
    (tmp_path / "models" / "broken" / "report.json").write_text("{")
    (tmp_path / "secret.glb").write_bytes(b"glTF")
    return tmp_path / "models"
