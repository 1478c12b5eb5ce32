"""A report with something of everything, and pictures to go with it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from carreau.base.messages import message
from carreau.geometry.render.viewpoints import Viewpoint
from carreau.models.reports.report import rebuilt_smaller
from carreau.models.stages.pictures import LevelPictures, ScanPictures

REBUILT = rebuilt_smaller(message("the triangles alone take %(size)s bytes", size=149_675))


def level(name: str, **facts: Any) -> dict[str, Any]:
    """Return what a report says of a level."""
    return {
        "name": name,
        "file": f"{name}.glb",
        "bytes": 1_558_612,
        "brotli_bytes": 1_369_566,
        "triangles": 79_984,
        "vertices": 50_000,
        "textures": [{"slot": "base", "width": 2048, "height": 2048, "format": "webp"}],
        "texture_px": 2048,
        "gpu_bytes": 22_369_621,
        "error": {
            "psnr_db": 30.184,
            "ssim": 0.9384,
            "silhouette": 0.0043,
            "to_level": {"rms": 0.0576, "p95": 0.0179, "largest": 4.66},
            "to_scan": {"rms": 0.00866, "p95": 0.0185, "largest": 0.0855},
            "cracks": {"count": 0},
            "views": 12,
            "size_px": 768,
            "lit_db": 27.312,
            "lit_views": 8,
            "lit_px": 512,
        },
        "sha256": "ab" * 32,
        "budget": {"triangles": 80_000, "texture_px": 2048, "file_bytes": 1_500_000, "gpu_bytes": 23_000_000},
        "decisions": [REBUILT, "a spell was cast on it"],
        **facts,
    }


def report(**facts: Any) -> dict[str, Any]:
    """Return what a `report.json` holds."""
    archive: dict[str, Any] = {
        "brotli_bytes": 0,
        "budget": None,
        "error": None,
        "textures": [],
        "texture_px": 0,
        "decisions": [],
    }
    return {
        "name": "Fosse <Arenberg> & “Sabatier”",
        "source": "Drone survey, 2025",
        "licence": "",
        "credit": "A team",
        "generator": "Carreau 0.1.0",
        "scan": {
            "file": "arenberg's.obj",
            "format": "OBJ",
            "detail": "text",
            "files": ["arenberg's.obj", "brick <1>.png"],
            "triangles": 602_672,
            "triangles_cleaned": 600_308,
            "size_m": [56.39, 36.7, 33.07],
            "unit_known": False,
            "findings": {"degenerate": 80, "loose": 93, "loose_share": 0.0014, "inside_out": True, "boundary": 15_358},
            "decisions": [message("%(axis)s is up: %(reason)s", axis="y", reason="<b>")],
            "warnings": [
                message(
                    "the offset of %(source)s is ignored: the coordinates are complete without it", source="<1>.txt"
                ),
                "a warning that nobody translated",
            ],
        },
        "levels": [level("phone"), level("preview", error={"psnr_db": None}), level("archive", **archive)],
        "stages": [
            {"label": "read", "seconds": 4.06, "peak_memory_bytes": 271_000_000, "cached": True},
            {"label": "unwrap phone", "seconds": 127.2, "peak_memory_bytes": 2_220_000_000, "cached": False},
            {"label": "unwrap preview", "seconds": 0.01, "peak_memory_bytes": 220_000_000, "cached": True},
            {"label": "do magic on phone", "seconds": 1.5, "peak_memory_bytes": 0, "cached": False},
        ],
        **facts,
    }


def image(red: int = 154) -> bytes:
    """Return a small WebP."""
    stream = io.BytesIO()
    Image.fromarray(np.full((24, 32, 3), (red, 58, 34), np.uint8)).save(stream, "WEBP")
    return stream.getvalue()


def scan_pictures() -> ScanPictures:
    """Return two views of a scan."""
    return ScanPictures((image(), image(90)), (Viewpoint(-22.5, 16.0), Viewpoint(157.5, 16.0)), False, 32, 24)


def level_pictures() -> dict[str, LevelPictures]:
    """Return those of two levels."""
    one = LevelPictures((image(), image(90)), (image(0), image(9)), (2.62, 0.0), (7.16, 0.4), (0.0077, 0.0), 10.0)
    return {"preview": one, "phone": one}
