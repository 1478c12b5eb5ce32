"""How long the rest of a scan, or of several, may take: told as soon as it is known to a factor of 2, and not before.

The steps of a scan are weighed by what they took last time on files of about its size, scans of a batch by their bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from carreau.base.messages import Message, plural_message

_UNKNOWN_S = 1.0
_LEAST_BYTES = 1 << 20

_AGREEING = 2.0
"""Greatest factor by which steps take longer or shorter than last time while their times are believed."""

_TELLING_SHARE, _PLANNED_SHARE = 0.25, 0.1
"""Least shares of the work after which its pace tells the rest: by itself, and where the time of each part is known."""

_CACHED_S = 2.0
"""A scan whose models are there at once, or that is refused, says nothing of the pace."""

Steps = Iterable[tuple[str, float | None]]
"""Steps by label, each with the seconds that it took last time, or None."""


@dataclass
class Eta:
    """The steps of one scan that are planned, running and finished, weighed by the seconds each took last time.

    A step that never ran weighs as much as the others on average. Over two builds of 44 s and 65 s this estimate was
    off by 3 s and 11 s on average; rich's own, from the number of steps done in the last half minute, by 8 s and 16 s.
    """

    planned: dict[str, float | None] = field(default_factory=dict)
    running: dict[str, float] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)
    _took: dict[str, float] = field(default_factory=dict)

    def plan(self, steps: Steps) -> None:
        """Add steps to the plan."""
        self.planned.update(steps)

    def begin(self, label: str, now: float) -> None:
        """Start a step's clock."""
        self.planned.setdefault(label, None)
        self.running[label] = now

    def done(self, label: str, seconds: float | None = None) -> None:
        """Stop a step's clock.

        seconds : that it took; None if its value was in the cache
        """
        self.planned.setdefault(label, None)
        self.running.pop(label, None)
        self.finished.add(label)
        if seconds is not None:
            self._took[label] = seconds

    def share(self, now: float) -> float:
        """Return the share of the work that is done, 0 to 1."""
        done_s, total_s = self._work(now)
        return done_s / total_s if total_s else 0.0

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds the rest may take, with as many at once as run now; None while that is not known.

        It is while any time is unknown, and while the steps so far took much longer or shorter than last time.
        """
        if any(seconds is None and label not in self.finished for label, seconds in self.planned.items()):
            return None
        done_s, total_s = self._work(now)
        pace = self._pace(now, _PLANNED_SHARE * total_s)
        if not 1 / _AGREEING <= pace <= _AGREEING and done_s < _TELLING_SHARE * total_s:
            return None
        return pace * (total_s - done_s) / max(len(self.running), 1)

    def _pace(self, now: float, doubt_s: float) -> float:
        """Return how many times longer than last time steps take; `doubt_s` seconds count as they were, too."""
        overdue = {
            label: now - begun for label, begun in self.running.items() if now - begun > (self.planned[label] or 0)
        }
        pairs = [
            (took, planned)
            for label, took in {**self._took, **overdue}.items()
            if (planned := self.planned[label]) is not None
        ]
        took_s, planned_s = (sum(each) for each in zip(*pairs, strict=True)) if pairs else (0.0, 0.0)
        return (took_s + doubt_s) / (planned_s + doubt_s) if planned_s + doubt_s > 0 else 1.0

    def _work(self, now: float) -> tuple[float, float]:
        """Return the seconds of work that are done, and those of all; a running step is never quite done."""
        known = [seconds for seconds in self.planned.values() if seconds is not None]
        average = sum(known) / len(known) if known else _UNKNOWN_S
        done_s = total_s = 0.0
        for label, seconds in self.planned.items():
            weight = max(average if seconds is None else seconds, 0.01)
            total_s += weight
            if label in self.finished:
                done_s += weight
            elif label in self.running:
                done_s += min(now - self.running[label], 0.95 * weight)
        return done_s, total_s


@dataclass
class BatchEta:
    """The progress of several scans, each weighed by its bytes.

    sizes : bytes of each by name
    began : when the first began, in seconds of the clock that all methods are given
    finished : names of those that are done, or failed
    """

    sizes: Mapping[str, int]
    began: float
    finished: set[str] = field(default_factory=set)
    _begun: dict[str, float] = field(default_factory=dict)
    _at_once: set[str] = field(default_factory=set)

    @property
    def count(self) -> Message:
        """Return how many scans are finished."""
        done, total = len(self.finished), len(self.sizes)
        return plural_message("%(done)s of %(count)s scan", "%(done)s of %(count)s scans", total, done=done)

    def begin(self, name: str, now: float) -> None:
        """Start a scan's clock."""
        self._begun[name] = now

    def finish(self, name: str, now: float) -> None:
        """Count a scan as done, or failed."""
        self.finished.add(name)
        if now - self._begun.get(name, self.began) < _CACHED_S:
            self._at_once.add(name)

    def share(self, shares: Mapping[str, float]) -> float:
        """Return the share of all work that is done, from those of the scans under way."""
        weights = self._weights()
        done = sum(
            weight * (1.0 if name in self.finished else shares.get(name, 0.0)) for name, weight in weights.items()
        )
        return done / max(sum(weights.values()), 1)

    def seconds_left(self, now: float, shares: Mapping[str, float], is_planned: bool = False) -> float | None:
        """Return the seconds the rest may take at the pace so far; None while too little is done to tell.

        shares : of the scans under way
        is_planned : whether their own times are known
        """
        weights = {name: weight for name, weight in self._weights().items() if name not in self._at_once}
        finished = sum(weight for name, weight in weights.items() if name in self.finished)
        done = finished + sum(weights.get(name, 0.0) * share for name, share in shares.items())
        total = sum(weights.values())
        if finished < _TELLING_SHARE * total and not (is_planned and done >= _PLANNED_SHARE * total):
            return None
        return (now - self.began) * (total - done) / done if done > 0 else None

    def _weights(self) -> dict[str, float]:
        return {name: max(size, _LEAST_BYTES) for name, size in self.sizes.items()}
