"""The table of levels: what each is for, and the most it may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Level:
    """One published size of a state, with its budget.

    triangles : most triangles
    texture_px : longest edge of a texture, in texels
    file_bytes : most bytes after Brotli
    gpu_bytes : most bytes of texture in GPU memory, mipmaps included
    """

    name: str
    purpose: str
    triangles: int
    texture_px: int
    texture_format: Literal["webp", "ktx2"]
    file_bytes: int
    gpu_bytes: int


PREVIEW = Level("preview", "first paint on a slow phone, cards", 10_000, 512, "webp", 150_000, 1_500_000)
PHONE = Level("phone", "default on phones", 80_000, 2048, "webp", 1_500_000, 23_000_000)
DESKTOP = Level("desktop", "large screens, scenes of several models", 300_000, 4096, "ktx2", 8_000_000, 23_000_000)

LEVELS: dict[str, Level] = {level.name: level for level in (PREVIEW, PHONE, DESKTOP)}
