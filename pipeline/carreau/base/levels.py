"""The table of levels: budgets, published files, and properties for readers, devices and exports.

The names of levels are defined only here. The schema, the server, exports, pages and reports read this table,
and the viewer from `server/viewer/src/schema.ts`, which `python -m server.viewer.tools.viewer_types` writes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class PublishedFile:
    """A file of a level, as documents of the API name it.

    level : name in these documents
    suffix : of the file, which has the level's name before it
    label : in English, for readers of pages; translated under the context "page" of `interface.po`
    """

    level: str
    suffix: str
    label: str


@dataclass(frozen=True)
class Level:
    """One published size of a state, with its budget.

    triangles : most triangles
    texture_px : longest edge of a texture, in texels
    texture_format : "jpeg" for a plain file, see `is_plain`
    file_bytes : most bytes after Brotli; without it for a plain file
    gpu_bytes : most bytes of texture in GPU memory, mipmaps included
    role : whether the viewer shows it on a screen, or phones in augmented reality
    files : files that are published of it
    detail : name of its quality in English, in the viewer and, capitalised, in the panel of packs; translated under the
        contexts "viewer" and "walk" of `interface.po`; empty for one that visitors are not offered
    device_gb : devices with at most this memory, in GiB, get no larger level from the server
    voyager : `EDerivativeQuality` of Voyager, in SVX scenes; empty for one that is not in them
    alternative_to : level of which this is another encoding, for devices that need or prefer it; the viewer offers the
        visitor only the other
    """

    name: str
    purpose: str
    triangles: int
    texture_px: int
    texture_format: Literal["avif", "webp", "ktx2", "jpeg"]
    file_bytes: int
    gpu_bytes: int
    role: Literal["screen", "ar"] = "screen"
    files: tuple[PublishedFile, ...] = ()
    detail: str = ""
    device_gb: float = math.inf
    voyager: str = ""
    alternative_to: str = ""

    @property
    def quality(self) -> str:
        """Return the name of the level, or of the one of which it is another encoding."""
        return self.alternative_to or self.name

    @property
    def is_plain(self) -> bool:
        """Return whether the level is for readers without glTF extensions and Content-Encoding."""
        return self.texture_format == "jpeg"


def _screen_level(label: str, level: Level) -> Level:
    """Return a level for screens: one compressed GLB.

    label : of its file, as of `PublishedFile`
    """
    return replace(level, files=(PublishedFile(level.name, ".glb", label),))


LEVELS: dict[str, Level] = {
    level.name: level
    for level in (
        _screen_level("preview", Level(
            "preview", "first paint on a slow phone, cards", 10_000, 512, "webp", 150_000, 1_500_000,
            detail="low", device_gb=1.0, voyager="Thumb",
        )),
        _screen_level("for phones on slow lines", Level(
            "phone-light", "phones on slow lines", 80_000, 2048, "avif", 720_000, 23_000_000,
            device_gb=2.0, alternative_to="phone",
        )),
        _screen_level("for phones", Level(
            "phone", "default on phones", 80_000, 2048, "webp", 1_500_000, 23_000_000,
            detail="medium", device_gb=2.0, voyager="Medium",
        )),
        _screen_level("for large screens, compressed in graphics memory", Level(
            "desktop-ktx2", "scenes of several models, little memory", 300_000, 4096, "ktx2", 8_000_000, 23_000_000,
            device_gb=4.0, alternative_to="desktop",
        )),
        _screen_level("for large screens", Level(
            "desktop", "large screens", 300_000, 4096, "webp", 5_000_000, 90_000_000,
            detail="high", voyager="High",
        )),
    )
}  # fmt: skip
"""The levels for screens, the smallest first; another encoding of a level is before it."""

OFFERED: tuple[str, ...] = tuple(level.name for level in LEVELS.values() if not level.alternative_to)
"""Names of those that a visitor, a pack or a program chooses between, the smallest first."""

ALTERNATIVES: dict[str, str] = {level.name: level.alternative_to for level in LEVELS.values() if level.alternative_to}
"""Names of the others, and of the levels whose encodings they are."""

FEWER_BYTES: dict[str, str] = {
    name: of for name, of in ALTERNATIVES.items() if LEVELS[name].file_bytes < LEVELS[of].file_bytes
}
"""Those for slow lines, in an image format that not every browser decodes."""

LESS_MEMORY: dict[str, str] = {
    name: of for name, of in ALTERNATIVES.items() if LEVELS[name].gpu_bytes < LEVELS[of].gpu_bytes
}
"""Those for several models at once and for devices with little graphics memory."""

PREVIEW, DESKTOP = next(iter(LEVELS.values())), next(reversed(LEVELS.values()))
"""The smallest level, which is shown first and with Save-Data, and the largest."""

PHONE = LEVELS["phone"]
"""The default level of the API."""

AR = Level(
    "ar", "AR on phones: Scene Viewer, Quick Look, any plain reader", 50_000, 2048, "jpeg", 5_000_000, 23_000_000,
    role="ar",
    files=(
        PublishedFile("ar-android", ".glb", "augmented reality on Android"),
        PublishedFile("ar-ios", ".usdz", "augmented reality on iPhone"),
        PublishedFile("ar-table-android", "-table.glb", "augmented reality on Android, on a table"),
        PublishedFile("ar-table-ios", "-table.usdz", "augmented reality on iPhone, on a table"),
    ),
)  # fmt: skip

ARCHIVE = "archive"
"""All triangles and the scan's own textures, with a package for deposit; it has no budget, so it is not a `Level`."""

BUDGETED: dict[str, Level] = {**LEVELS, AR.name: AR}
"""Every level that has a budget."""

DEFAULT_NAMES: tuple[str, ...] = tuple(name for name in BUDGETED if name not in LESS_MEMORY)
"""Levels of a build by default. An archive is built once, and is larger than the scan; an encoding that saves memory is
for places whose states are compared, and costs as much time again as the level itself."""

NAMES: tuple[str, ...] = (*BUDGETED, ARCHIVE)
"""All levels."""

PUBLISHED: dict[str, PublishedFile] = {
    file.level: file
    for file in (*(each for level in BUDGETED.values() for each in level.files),
                 PublishedFile(ARCHIVE, ".glb", "for the archive"))
}  # fmt: skip
"""Published files by their names in the API."""

AR_FILES: tuple[str, ...] = tuple(file.level for file in AR.files)
"""Names of the files for augmented reality: at the model's own size, then on a table."""

TABLE_FILES: tuple[str, ...] = AR_FILES[2:]
"""Those on a table: the same model with a scale at its root, where it is larger than a table."""

LEVEL_OF: dict[str, str] = {file.level: level.name for level in BUDGETED.values() for file in level.files}
"""The level of each published file."""


def by_detail() -> tuple[str, ...]:
    """Return the levels by detail, the most detailed first; another encoding of a level follows it.

    >>> by_detail()
    ('desktop', 'desktop-ktx2', 'phone', 'phone-light', 'ar', 'preview')
    """
    levels = sorted(BUDGETED.values(), key=lambda each: (-each.triangles, bool(each.alternative_to)))
    return tuple(each.name for each in levels)


def slowest_first(names: Iterable[str]) -> list[str]:
    """Return levels in the order in which they are built: by their triangles, so that others run beside the slowest.

    An alternative comes last, for it shares steps with another level. An archive is copied more than computed.

    >>> slowest_first(["preview", "desktop-ktx2", "desktop", "archive"])
    ['desktop', 'preview', 'archive', 'desktop-ktx2']
    """

    def place(name: str) -> tuple[bool, int]:
        level = BUDGETED.get(name)
        return (False, 0) if level is None else (bool(level.alternative_to), -level.triangles)

    return sorted(names, key=place)


def by_default() -> tuple[str, ...]:
    """Return the levels for screens in the order of preference for an unknown device: default, larger, smaller.

    Other encodings come last: nothing is known of what the device decodes.

    >>> by_default()
    ('phone', 'desktop', 'preview', 'phone-light', 'desktop-ktx2')
    """
    at = OFFERED.index(PHONE.name)
    return (*OFFERED[at:], *reversed(OFFERED[:at]), *ALTERNATIVES)


TABLE_M = 0.6
"""Longest edge of a model on a table: it fits a coffee table, and both hands reach around it."""

STILL_FITS = 1.25
"""A model this much longer is left as it is."""

LONG_DEG, SHORT_DEG = 65.0, 40.0
"""What a phone's camera sees on screen, along its longer and its shorter edge: the main camera (26 mm equivalent, 69 by
50 degrees) without what a long screen cuts off at the sides."""

FARTHEST_M = 75.0
"""Largest distance to stand at: farther away it would take more than a hectare without obstacles, and the model drifts,
since phones hold it by the ground near the visitor. What is wider than 95 m is not shown life-size, then."""


def table_scale(size_m: tuple[float, float, float], is_size_known: bool) -> float:
    """Return the factor that makes a model fit a table; 1 for one that is small enough as it is.

    size_m : edges of its bounding box; in any unit if the size is not known

    >>> round(table_scale((6.0, 24.0, 3.0), is_size_known=True), 6)
    0.025
    >>> table_scale((0.2, 0.5, 0.2), is_size_known=True)
    1.0
    >>> table_scale((0.2, 0.3, 0.2), is_size_known=False)
    2.0
    """
    longest = max(size_m)
    if longest <= 0 or (is_size_known and longest <= STILL_FITS * TABLE_M):
        return 1.0
    return TABLE_M / longest


def standing_distance(size_m: tuple[float, float, float]) -> float | None:
    """Return how far from a life-size model one stands to see all of it, in metres; None if farther than is possible.

    The phone is held upright or across, whichever is nearer, with the ground at one edge of its picture. It is counted
    from the nearest side of the model, and rounded up: to 5 m from 10 m on, to whole metres below.

    size_m : width, height and depth of the model

    >>> standing_distance((56.4, 36.7, 33.1))
    45.0
    >>> standing_distance((0.5, 1.8, 0.5))
    1.0
    >>> standing_distance((152.0, 25.0, 102.0)) is None
    True
    """
    width, height = max(size_m[0], size_m[2]), size_m[1]
    least = min(_distance(width, height, LONG_DEG, SHORT_DEG), _distance(width, height, SHORT_DEG, LONG_DEG))
    step = 5.0 if least >= 10 else 1.0
    distance = math.ceil(least / step) * step
    return distance if distance <= FARTHEST_M else None


def _distance(width: float, height: float, across_deg: float, upward_deg: float) -> float:
    """Return the distance at which a width fits `across_deg` and a height fits `upward_deg`."""
    return max(width / 2 / math.tan(math.radians(across_deg) / 2), height / math.tan(math.radians(upward_deg)))
