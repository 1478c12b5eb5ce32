"""Search for the least quality of a lossy image that is good enough, or about the highest that holds its bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from carreau.base.model import ByteArray
from carreau.formats.images.lossy_codecs import LossyCodec

REFINEMENTS, FULL_SHARE, FILLED_SHARE = 3, 0.98, 0.995
"""How often a quality between two steps is tried, until so much of the bytes is used, and the share that it aims at."""

MOST_GUESSES = 5
"""Steps that are tried where a curve says; then the rest is halved, so that no curve makes a search long."""

SURE_SHARE = 0.5
"""Of what a step takes from the error: where one is good enough by less, the step below it is not."""


@dataclass(frozen=True, eq=False)
class Goal:
    """When an image is good enough.

    likeness : of a decoded image, in dB
    excess : of a likeness, the logarithm of its square error in that which an image may have: 0 or less is good enough
    """

    likeness: Callable[[ByteArray], float]
    excess: Callable[[float], float]


def reaching(enough_db: float, likeness: Callable[[ByteArray], float]) -> Goal:
    """Return the goal of a likeness in dB."""
    return Goal(likeness, lambda psnr_db: (enough_db - psnr_db) * math.log(10) / 10)


@dataclass(frozen=True)
class Trial:
    """A quick encoding of an image.

    size : bytes
    psnr_db : its likeness, nan where it was not looked at
    """

    codec: str
    quality: float
    size: int
    psnr_db: float


@dataclass(frozen=True)
class Trials:
    """Quick encodings of one image, from which a search goes on.

    size : bytes that the image needs, about: more than it may have, where it would be good enough with no fewer
    is_enough : whether it is good enough with the bytes that it may have
    """

    size: int
    is_enough: bool
    trials: tuple[Trial, ...]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """The image of a search, and what it was encoded with."""

    codec: LossyCodec
    quality: float
    data: bytes


class _Search:
    """The steps of a codec that were tried with an image."""

    def __init__(self, values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None) -> None:
        self.values, self.codec, self.most_bytes, self.goal = values, codec, most_bytes, goal
        # Both rise through 0 where a step is the one looked for.
        self.over, self.better = dict[int, float](), dict[int, float]()
        self.tried, self.trials = dict[int, bytes](), dict[int, Trial]()
        own = [trial for trial in known.trials if trial.codec == codec.name] if known else []
        self._known = {trial.quality: trial for trial in own}

    def find(self) -> int:
        """Return the first step that is good enough, or the last that holds the bytes; the first step if none does."""
        low, high = 0, len(self.codec.steps) - 1
        while low < high:
            step = _next_step(low, high, self.over, self.better, self.codec)
            self.try_step(step)
            if self.over[step] > 0 or self.better[step] >= 0:
                high = step
                if 0 <= self.better.get(step, -1.0) < SURE_SHARE * self.codec.fading:
                    low = step
            else:
                low = step + 1
        return low

    def try_step(self, step: int) -> None:
        """Try a step, unless its trial is known, and measure the image where it holds the bytes."""
        quality = self.codec.steps[step]
        trial = self._known.get(quality)
        if trial is None or (math.isnan(trial.psnr_db) and trial.size <= self.most_bytes):
            self.tried[step] = data = self.codec.trial(self.values, quality)
            is_within = len(data) <= self.most_bytes
            likeness = self.goal.likeness(self.codec.decode(data)) if is_within else math.nan
            trial = Trial(self.codec.name, quality, len(data), likeness)
        self.trials[step] = trial
        self.over[step] = math.log(trial.size / self.most_bytes) if self.most_bytes > 0 else math.inf
        if self.over[step] <= 0:
            self.better[step] = -self.goal.excess(trial.psnr_db)

    def is_enough(self, step: int) -> bool:
        return self.better.get(step, -1.0) >= 0

    def image(self, step: int) -> bytes:
        is_there = self.codec.trial is self.codec.encode and step in self.tried
        return self.tried[step] if is_there else self.codec.encode(self.values, self.codec.steps[step])


def least_quality(
    values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None = None
) -> SearchResult:
    """Return an image at the first of the steps that is good enough, or at about the highest that holds the bytes.

    known : earlier trials of the image, with any codec
    """
    steps, search = codec.steps, _Search(values, codec, most_bytes, goal, known)
    low = search.find()
    if codec.finer is not None and codec.finer_from <= steps[low] <= 100 and not search.is_enough(low):
        other = least_quality(values, codec.finer, most_bytes, goal, known)
        fits = max(search.better, default=0)
        steps_left = max(_crossing(search.over, codec.growth) - fits, 0.0)
        hoped = search.better.get(fits, -math.inf) + codec.fading * steps_left
        is_within = len(other.data) <= most_bytes
        if is_within and -goal.excess(goal.likeness(other.codec.decode(other.data))) >= hoped:
            return other
    while low > 0 and low in search.trials and search.trials[low].size > codec.trial_excess * most_bytes:
        low -= 1
    data = search.image(low)
    while low > 0 and len(data) > most_bytes:
        low -= 1
        data = search.image(low)
    if search.is_enough(low) or low + 1 == len(steps) or steps[low + 1] > 100:
        return SearchResult(codec, steps[low], data)
    above = steps[low + 1]
    if above - steps[low] <= codec.grain:
        return SearchResult(codec, steps[low], data)
    tried = search.trials.get(low + 1)
    above_bytes = tried.size if tried else len(codec.trial(values, above))
    return SearchResult(codec, *_filled_up(values, codec, most_bytes, (steps[low], data), (above, above_bytes)))


def try_qualities(
    values: ByteArray, codec: LossyCodec, most_bytes: int, goal: Goal, known: Trials | None = None
) -> Trials:
    """Search as `least_quality` does, but with trials alone: the slow encoder is never called."""
    search = _Search(values, codec, most_bytes, goal, known)
    step = search.find()
    if step not in search.trials:
        search.try_step(step)
    return Trials(search.trials[step].size, search.is_enough(step), tuple(search.trials.values()))


def _next_step(low: int, high: int, over: Mapping[int, float], better: Mapping[int, float], codec: LossyCodec) -> int:
    """Return which step to try: where the curves of bytes and of errors are about to cross their limits, or the middle.

    A search that knows the curves ends with the steps on both sides of the crossing; halving needs twice the trials.
    """
    if not 0 < len(over) < MOST_GUESSES:
        return (low + high) // 2
    crossing = min(_crossing(over, codec.growth), _crossing(better, codec.fading))
    if not math.isfinite(crossing):
        return (low + high) // 2
    # Until a step was not enough, one below the crossing is: between two sides it is known much better.
    step = math.ceil(crossing) if low else math.floor(crossing)
    return min(max(step, low), high - 1)


def _crossing(curve: Mapping[int, float], slope: float) -> float:
    """Return where a rising curve through some values is 0, infinite without values."""
    known = {step: value for step, value in curve.items() if math.isfinite(value)}
    below = [step for step, value in known.items() if value < 0]
    above = [step for step, value in known.items() if value >= 0]
    if below and above:
        left, right = max(below), min(above)
        return left + (right - left) * -known[left] / (known[right] - known[left])
    if not known:
        return math.inf
    nearest, *others = sorted(known, key=lambda step: abs(known[step]))
    if others:
        slope = max((known[others[0]] - known[nearest]) / (others[0] - nearest), slope / 4)
    return nearest - known[nearest] / slope


def _filled_up(
    values: ByteArray, codec: LossyCodec, most_bytes: int, below: tuple[float, bytes], above: tuple[float, int]
) -> tuple[float, bytes]:
    """Return a quality between one that fits and a higher one that is taken not to, so that few bytes are left.

    below : quality, and the image
    above : quality, and about how many bytes it takes: their logarithm grows evenly with the quality
    """
    (quality, data), (top, top_bytes) = below, above
    for _ in range(REFINEMENTS):
        if len(data) >= FULL_SHARE * most_bytes:
            break
        share = math.log(FILLED_SHARE * most_bytes / len(data)) / max(math.log(top_bytes / len(data)), 1e-3)
        steps = math.ceil((top - quality) / codec.grain)
        middle = quality + codec.grain * min(max(int(share * steps), 1), steps - 1)
        if not quality < middle < top:
            break
        finer = codec.encode(values, middle)
        if len(finer) <= most_bytes:
            quality, data = middle, finer
        else:
            top, top_bytes = middle, len(finer)
    return quality, data


def likeness_db(values: ByteArray, decoded: ByteArray) -> float:
    """Return the peak signal-to-noise ratio of an image's values in dB, infinite when all are the same.

    values : (h, w, c) or (h, w)
    decoded : (h, w, c or more)
    """
    given = values if values.ndim == 3 else values[:, :, None]
    square = float(np.mean((given.astype(np.float32) - decoded[:, :, : given.shape[2]].astype(np.float32)) ** 2))
    return math.inf if square == 0 else 10 * math.log10(255 * 255 / square)
