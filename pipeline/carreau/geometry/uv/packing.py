"""Packing of charts of any outline into a square.

Charts are drawn as bitmaps and placed largest first, each at the lowest free position in one of two rotations; the
largest scale at which all of them fit is searched for. Bitmaps let small charts use the bays of large ones, which
packing by bounding boxes wastes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from carreau.base.errors import BudgetError
from carreau.base.messages import Number, message
from carreau.base.model import DoubleArray, IntArray
from carreau.base.process import in_threads
from carreau.geometry.uv.bitmap_packing import are_too_many, best_turns, place

TURNS = 32
PROBES = 2
STEP, FINE_STEPS = 0.95, 12
COARSE_STEP, MOST_STEPS = 0.7, 40
REFINEMENTS = 3
MOST_COVERED = 0.86
LEAST_COVERED, WORTH_NARROWING = 0.15, 1.5


@dataclass(frozen=True)
class AtlasPackOptions:
    """Room around charts.

    size_px : edge of the square, in texels
    gutter_px : texels kept free between two charts
    cell_px : texels to a cell of the bitmaps; 1 is tightest, more is faster
    """

    size_px: int
    gutter_px: int = 2
    cell_px: int = 1


def upright(uvs: DoubleArray, charts: IntArray) -> DoubleArray:
    """Turn each chart to the smallest of `TURNS` bounding boxes, lying not standing, its corner at the origin."""
    if not len(uvs):
        return uvs
    order = np.argsort(charts, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(charts[order]) > 0]))
    turns = np.arange(TURNS, dtype=np.float64) * (np.pi / 2 / TURNS)
    # Turns over a quarter circle are enough: boxes repeat after that, but for lying or standing.
    angle: DoubleArray = turns[best_turns(uvs[order], np.append(starts, len(uvs)), np.cos(turns), np.sin(turns))]
    box = _boxes(_turn(uvs, angle[charts]), order, starts)[1]
    angle = np.where(box[:, 1] > box[:, 0], angle + np.pi / 2, angle)
    out = _turn(uvs, angle[charts])
    return out - _boxes(out, order, starts)[0][charts]


def _turn(uvs: DoubleArray, angle: DoubleArray) -> DoubleArray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([uvs[:, 0] * cosine - uvs[:, 1] * sine, uvs[:, 0] * sine + uvs[:, 1] * cosine], axis=1)


def _boxes(uvs: DoubleArray, order: NDArray[np.intp], starts: NDArray[np.intp]) -> tuple[DoubleArray, DoubleArray]:
    """Return the lower corner and the size of each chart's box."""
    low, high = np.minimum.reduceat(uvs[order], starts), np.maximum.reduceat(uvs[order], starts)
    return low, high - low


def pack(uvs: DoubleArray, faces: IntArray, charts: IntArray, options: AtlasPackOptions) -> DoubleArray:
    """Return (n, 2) float64 in 0..1: the charts placed at the largest common scale found.

    Charts too many for their gutters get narrower ones, and none at last.

    uvs : (n, 2) float64 in any unit, each chart with its lower corner at the origin, as `upright` leaves them
    faces : (m, 3) int32, indices into uvs
    charts : (n,) int32, the chart of each vertex, each chart with a vertex

    Raises BudgetError when there are more charts than texels to part them.
    """
    if not len(faces):
        return np.zeros_like(uvs)
    order = np.argsort(charts, kind="stable")
    # Sort vertices and faces by chart once, so that each chart is a slice in every attempt at a scale.
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    of_face = charts[faces[:, 0]]
    packer = _Packer(
        local=uvs[order],
        charts=charts[order],
        faces=rank[faces[np.argsort(of_face, kind="stable")]],
        starts=_starts(charts),
        face_starts=_starts(of_face, int(charts.max()) + 1),
        options=options,
    )
    packer, scale, places = _roomiest(packer)
    return packer.settle(scale, places)[rank] / options.size_px


def _roomiest(packer: _Packer) -> tuple[_Packer, float, IntArray]:
    """Return how the charts fit, with scale and places; gutters that would leave little of the square are narrowed."""
    tries = [replace(packer, options=options) for options in _narrower(packer.options)]
    best: tuple[_Packer, float, IntArray] | None = None
    # A narrower gutter must pay: it is taken if charts become larger by `WORTH_NARROWING`, and the search ends as soon
    # as the charts cover a fair share of the square.
    for narrower in tries[_first_of_use(tries) :]:
        fit = narrower.largest
        if fit is not None and (best is None or fit[0] > WORTH_NARROWING * best[1]):
            best = (narrower, *fit)
        if best is not None and packer.area * best[1] ** 2 > LEAST_COVERED * packer.options.size_px**2:
            break
    if best is None:
        count, edge = len(packer.starts) - 1, packer.options.size_px
        raise BudgetError(
            message(
                "%(charts)s charts do not fit into an atlas of %(size)s × %(size)s texels",
                charts=count,
                size=Number(edge, "d"),
            )
        )
    return best


def _first_of_use(tries: list[_Packer]) -> int:
    """Return the number of the widest gutter worth a search: the cells of the charts rule out those before it.

    Those would leave little of the square, and the charts would be smaller by more than narrowing has to be worth.
    Searching with every gutter took two minutes for 60,000 charts.
    """
    # Counting cells is much cheaper than placing (0.06 s against 1 to 4 s for
    # 60,000 charts), and rules out wide gutters.
    scale = tries[0].scale_covering(LEAST_COVERED)
    first = next((n for n, packer in enumerate(tries) if not packer.is_too_large(scale)), len(tries) - 1)
    fit = tries[first].largest if first else None
    if fit is None:
        return 0
    # Of the wider gutters that were passed over, the first that fits at a scale not
    # too much smaller is still to be tried.
    least = fit[0] / WORTH_NARROWING
    return next((n for n, packer in enumerate(tries[:first]) if len(packer.attempt(least))), first)


def _narrower(options: AtlasPackOptions) -> Iterator[AtlasPackOptions]:
    """Yield the options, then those that leave more room for charts: finer cells, then narrower gutters."""
    yield options
    if options.cell_px > 1:
        yield replace(options, cell_px=1)
    for gutter_px in range(options.gutter_px - 1, -1, -1):
        yield replace(options, gutter_px=gutter_px, cell_px=1)


def _starts(groups: IntArray, count: int = 0) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.bincount(groups, minlength=count))]).astype(np.int32)


@dataclass(frozen=True, eq=False)
class _Packer:
    """Charts sorted by number, tried at one scale after another."""

    local: DoubleArray
    charts: IntArray
    faces: IntArray
    starts: IntArray
    face_starts: IntArray
    options: AtlasPackOptions

    @functools.cached_property
    def area(self) -> float:
        """Return the area of all charts, in the square of their unit."""
        corners = self.local[self.faces]
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        return float(np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]).sum()) / 2

    @property
    def reach(self) -> float:
        """Return how far a chart's bitmap reaches beyond its triangles, in cells."""
        return (self.options.gutter_px / 2 + 0.5) / self.options.cell_px + (0.5 if self.options.cell_px > 1 else 0.0)

    def attempt(self, scale: float) -> IntArray:
        """Return the places at a scale in texels a unit, empty when the charts do not fit."""
        if self.is_too_large(scale):
            return np.zeros((0, 4), np.int32)
        cells, size = self.local * (scale / self.options.cell_px), self.options.size_px // self.options.cell_px
        return place(cells, self.starts, self.faces, self.face_starts, self._order, size, self.reach)

    def is_too_large(self, scale: float) -> bool:
        """Return whether the charts have more cells at a scale than the square; where not, they may still not fit."""
        cells, size = self.local * (scale / self.options.cell_px), self.options.size_px // self.options.cell_px
        return bool(are_too_many(cells, self.starts, self.faces, self.face_starts, size, self.reach))

    def scale_covering(self, share: float) -> float:
        """Return the scale at which the charts cover a share of the square."""
        return self.options.size_px * math.sqrt(share / max(self.area, 1e-300))

    @functools.cached_property
    def _order(self) -> IntArray:
        """Return the charts, the largest first."""
        extent = np.maximum.reduceat(self.local, self.starts[:-1])
        return np.lexsort((-extent.max(axis=1), -extent[:, 0] * extent[:, 1])).astype(np.int32)

    @functools.cached_property
    def largest(self) -> tuple[float, IntArray] | None:
        """Return the largest scale found and its places, or None: down until they fit, then closing in from both sides.

        Two scales are tried at a time, on two processors when there are two, and the larger that fits is taken.
        """
        scale, tried = self._start(), 0
        fit: tuple[float, IntArray] | None = None
        # Down from a scale at which the charts hardly ever fit: in fine steps first, then in coarse ones.
        while fit is None and tried < MOST_STEPS:
            factor = STEP if tried < FINE_STEPS else COARSE_STEP
            fit = self._first([scale * factor**k for k in range(PROBES)])
            scale, tried = scale * factor**PROBES, tried + PROBES
        # Then narrow the gap between the last scale that fits and the next larger
        # one: each round divides it by PROBES + 1.
        step = 1 / STEP
        for _ in range(REFINEMENTS):
            if fit is None:
                return None
            step = step ** (1 / (PROBES + 1))
            fit = self._first([fit[0] * step**k for k in range(PROBES, 0, -1)]) or fit
        return fit

    def _start(self) -> float:
        """Return the scale at which the charts cover as much of the square as has ever been seen to fit."""
        longest = float(self.local.max(initial=0.0))
        if not longest > 0:
            return 1.0
        # Charts that are all but lines have no area to speak of, and are held by their length.
        return self.options.size_px * min(MOST_COVERED / math.sqrt(max(self.area, 1e-300)), 1 / longest)

    def _first(self, scales: list[float]) -> tuple[float, IntArray] | None:
        """Return the first of falling scales at which all charts fit, with their places."""
        tries = zip(scales, in_threads(self.attempt, scales), strict=True)
        return next(((scale, places) for scale, places in tries if len(places)), None)

    def settle(self, scale: float, places: IntArray) -> DoubleArray:
        """Return (n, 2): where each vertex lies, in texels."""
        cell = self.options.cell_px
        # In cells of the chart's bitmap, whose lower corner lies outside the chart by the reach.
        inside = self.local * (scale / cell) + np.ceil(self.reach)
        place = places[self.charts].astype(np.float64)
        # A quarter turn, as `_turned_bitmap` does it: (x, y) becomes (height - y, x).
        turned = np.stack([place[:, 3] - inside[:, 1], inside[:, 0]], axis=1)
        return np.asarray((np.where(place[:, 2:3] == 1, turned, inside) + place[:, :2]) * cell)
