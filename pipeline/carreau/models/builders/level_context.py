"""The inputs and decisions of one level of a scan, shared by the steps of its build."""

from __future__ import annotations

from carreau.base.levels import DESKTOP, PHONE, PREVIEW, Level
from carreau.base.messages import Message, message
from carreau.base.options import ModelOptions
from carreau.models.builders.scan_context import ScanContext
from carreau.models.stages.small_base import SMALL_PX
from carreau.runs.cache.cache import Cache

SAFETY = 0.97
"""Share of a budget to plan with; the rest covers errors of the estimates."""

KTX2 = "image/ktx2"

SIMPLIFIED_PHONE = f"simplify {PHONE.name}"
"""Label of the step that a preview is made of too, see `texture_strategy`."""

_CANDIDATES = (
    "keep", "weigh own atlas of", "bake own atlas of", "judge", "simplify", "unwrap", "weigh new atlas of",
    "bake new atlas of", "pack",
)  # fmt: skip
_MAPS = (
    "relief", "surface of", "encode normal of", "encode occlusion of", "encode metallic_roughness of",
    "encode occlusion_metallic_roughness of", "encode emissive of", "measure",
)  # fmt: skip
_COMPRESSED = (
    "read back", "compress", "pack plain", "check plain", "check",
)  # fmt: skip
_PAIR = ("read back", "pack usdz", "agree", "check", "check usdz", "scale", "check table", "check table usdz")
_COLORS: dict[str, tuple[str, ...]] = {
    "avif": ("estimate", "encode avif"),
    "webp": ("estimate", "encode webp"),
    "ktx2": ("estimate", "encode uastc", "encode etc1s"),
    "jpeg": ("encode jpeg",),
}


def labels(level: Level) -> tuple[str, ...]:
    """Return the labels of all steps that a level of a scan may have, in their order."""
    small = ("small base of",) if has_small_base(level) else ()
    last = _PAIR if level.is_plain else _COMPRESSED
    verbs = (*_CANDIDATES, *small, *_COLORS[level.texture_format], *_MAPS, *last, "show")
    finer = (SIMPLIFIED_PHONE,) if level is PREVIEW else ()
    return (*finer, *(f"{verb} {level.name}" for verb in verbs))


def has_small_base(level: Level) -> bool:
    """Return whether a level is so large that viewers on a slow line show its beginning: not one that comes at once."""
    return level.texture_format in ("avif", "webp") and level.texture_px > 2 * SMALL_PX


def is_for_large_screens(level: Level) -> bool:
    """Return whether a level is the most detailed one, in either encoding."""
    return level.quality == DESKTOP.name


class TooLarge(Exception):  # noqa: N818 - not an error but a turn of the loop
    """A version of the level is over its budget.

    reason : the limit that it exceeds
    texture_share, triangle_share : for the next attempt, as shares of the texture's size and of the triangles
    """

    def __init__(self, reason: Message, texture_share: float = 1.0, triangle_share: float = 1.0) -> None:
        """Keep the reason and the shares."""
        super().__init__(reason)
        self.reason = reason
        self.texture_share, self.triangle_share = texture_share, triangle_share


def usdz_too_large(size_bytes: int, limit_bytes: int) -> Message:
    """Return why a USDZ is over the budget of its level."""
    return message("a USDZ file of %(size)s bytes, over the limit of %(limit)s", size=size_bytes, limit=limit_bytes)


class LevelContext:
    """The inputs of a level, and the decisions so far."""

    def __init__(self, level: Level, scan: ScanContext, options: ModelOptions, cache: Cache) -> None:
        """Begin without a decision."""
        self.level, self.scan, self.options, self.cache = level, scan, options, cache
        self.decisions: list[Message] = []
        self.winner = ""
        self.reference, self.cleaned_mesh = scan.reference, scan.mesh

    def label(self, verb: str) -> str:
        """Return the label of a step of this level."""
        return f"{verb} {self.level.name}"
