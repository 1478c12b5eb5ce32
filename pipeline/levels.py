"""The table of levels: what each is for, and the most it may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Level:
    """One published size of a state, with its budget.

    triangles : most triangles
    texture_px : longest edge of a texture, in texels
    texture_format : "jpeg" makes a plain file, see `is_plain`
    file_bytes : most bytes after Brotli; of the file as it lies for a plain one
    gpu_bytes : most bytes of texture in GPU memory, mipmaps included
    """

    name: str
    purpose: str
    triangles: int
    texture_px: int
    texture_format: Literal["webp", "ktx2", "jpeg"]
    file_bytes: int
    gpu_bytes: int

    @property
    def is_plain(self) -> bool:
        """Say whether the level is for readers that know no extension and no Content-Encoding."""
        return self.texture_format == "jpeg"


PREVIEW = Level("preview", "first paint on a slow phone, cards", 10_000, 512, "webp", 150_000, 1_500_000)
PHONE = Level("phone", "default on phones", 80_000, 2048, "webp", 1_500_000, 23_000_000)
DESKTOP = Level("desktop", "large screens, scenes of several models", 300_000, 4096, "ktx2", 8_000_000, 23_000_000)

AR = Level(
    "ar", "AR on phones: Scene Viewer, Quick Look, any plain reader", 50_000, 2048, "jpeg", 5_000_000, 23_000_000
)

LEVELS: dict[str, Level] = {level.name: level for level in (PREVIEW, PHONE, DESKTOP)}
"""The levels for viewers, each one compressed GLB."""

ARCHIVE = "archive"
"""All triangles and the scan's own textures, with a package for deposit; it has no budget, so it is no `Level`."""

DEFAULT_NAMES: tuple[str, ...] = (*LEVELS, AR.name)
"""What is made unless somebody asks otherwise: a deposit is made once, and takes more disk than the scan."""

NAMES: tuple[str, ...] = (*DEFAULT_NAMES, ARCHIVE)
"""What may be asked for."""
