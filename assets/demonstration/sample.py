"""Simulate a photogrammetric scan of a headframe beside a short miners' row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assets.demonstration.atlas import Atlas, pack
from assets.demonstration.bake import bake
from assets.demonstration.capture import cropped, noisy, simplified, with_defects, with_fragments, with_holes
from assets.demonstration.charts import CELL_M, Charts, cut
from assets.demonstration.field import Field
from assets.demonstration.ground import build_ground
from assets.demonstration.hall import build_hall
from assets.demonstration.headframe import build_headframe
from assets.demonstration.houses import build_houses
from assets.demonstration.light import Daylight
from assets.demonstration.surface import Surface, skin
from assets.demonstration.writer import FILES, is_current, write
from carreau.base.model import ByteArray

VERSION = 1
Progress = Callable[[str, float], None]
LOW, HIGH = (-24.0, -1.2, -16.0), (33.5, 37.0, 17.5)


@dataclass(frozen=True)
class SampleOptions:
    """What to simulate.

    detail : share of the full scan's triangles, 0.005 to 1; bars thinner than the grid vanish below about 0.3
    atlas_px : edge of the square texture, 256 to 8192
    seed : another capture of the same place
    """

    detail: float = 1.0
    atlas_px: int = 4096
    seed: int = 59

    @property
    def step_m(self) -> float:
        """Distance between the grid's points: smallest bars are 16 cm."""
        return 0.09 / float(np.sqrt(self.detail))

    @property
    def version(self) -> str:
        """Name the exact sample, so that another one in its place is noticed."""
        return f"{VERSION}, detail {self.detail:g}, atlas {self.atlas_px}, seed {self.seed}"

    @property
    def triangles(self) -> int:
        """How many triangles the scan is to have, about."""
        return int(600_000 * self.detail)


def build_surface(options: SampleOptions, progress: Progress) -> Surface:
    """Return the scan's geometry: fused solids, then everything a capture does to them."""
    rng = np.random.default_rng(options.seed)
    progress("Building the headframe, the hall and the houses", 0.0)
    space = Field(np.array(LOW), np.array(HIGH), options.step_m)
    for build in (build_ground, build_hall, build_houses, build_headframe):
        build(space)
    surface = noisy(cropped(skin(space, rng)), options.step_m, rng)
    del space
    progress("Taking the photographs", 0.15)
    surface = simplified(surface, int(options.triangles * 1.03))
    surface = with_holes(surface, Daylight(surface))
    surface = with_fragments(surface, 90, rng)
    return with_defects(surface, 40, rng)


def make_picture(surface: Surface, options: SampleOptions, progress: Progress) -> tuple[Charts, Atlas, ByteArray]:
    """Return the charts, where they lie, and the baked atlas."""
    progress("Cutting charts", 0.35)
    charts = cut(surface, CELL_M / min(1.0, options.detail * 4) ** 0.5)
    atlas = pack(charts, options.atlas_px)
    progress("Painting brick, steel and grass in the afternoon sun", 0.45)
    return charts, atlas, bake(surface, atlas, charts.labels, options.seed)


def make_sample(folder: Path, progress: Progress | None = None, options: SampleOptions | None = None) -> Path:
    """Write the simulated scan into folder unless it is there already, and return its OBJ.

    progress : called with what is being done and the share done, 0..1
    """
    options, tell = options or SampleOptions(), progress or (lambda _message, _share: None)
    if not is_current(folder, options.version):
        surface = build_surface(options, tell)
        charts, atlas, picture = make_picture(surface, options, tell)
        tell("Writing the files", 0.92)
        write(folder, surface, atlas, charts.labels, picture, options.version)
        tell("Done", 1.0)
    return folder / FILES[0]
