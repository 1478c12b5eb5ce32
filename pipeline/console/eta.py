"""Tell how far the work is from how long each step took last time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_UNKNOWN_S = 1.0
_LEAST_BYTES = 1 << 20
_SOON = 0.03


@dataclass
class Eta:
    """What is planned, what runs and what is done, weighed by the seconds each step took last time.

    A step that never ran weighs as much as the known ones on average, so that the share never runs backwards far.
    """

    planned: dict[str, float | None] = field(default_factory=dict)
    running: dict[str, float] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)

    def plan(self, steps: Iterable[tuple[str, float | None]]) -> None:
        """Add steps to the plan."""
        self.planned.update(steps)

    def begin(self, label: str, now: float) -> None:
        """Start a step's clock."""
        self.planned.setdefault(label, None)
        self.running[label] = now

    def done(self, label: str) -> None:
        """Stop a step's clock."""
        self.planned.setdefault(label, None)
        self.running.pop(label, None)
        self.finished.add(label)

    def share(self, now: float) -> float:
        """Return the share of the work that is done, 0 to 1."""
        total = sum(self._weight(label) for label in self.planned)
        done = sum(self._spent(label, now) for label in self.planned)
        return done / total if total else 0.0

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds the rest may take, with as many at once as run now; None while any time is unknown."""
        left = [label for label in self.planned if label not in self.finished]
        if any(self.planned[label] is None for label in left):
            return None
        return sum(self._weight(label) - self._spent(label, now) for label in left) / max(len(self.running), 1)

    def _spent(self, label: str, now: float) -> float:
        if label in self.finished:
            return self._weight(label)
        elapsed = now - self.running[label] if label in self.running else 0.0
        return min(elapsed, 0.95 * self._weight(label))

    def _weight(self, label: str) -> float:
        known = [seconds for seconds in self.planned.values() if seconds is not None]
        average = sum(known) / len(known) if known else _UNKNOWN_S
        seconds = self.planned[label]
        return max(average if seconds is None else seconds, 0.01)


@dataclass
class Whole:
    """How far several scans are, each weighed by its bytes.

    sizes : bytes of each by name
    began : when the first began, on the clock that is asked later
    finished : names of those that are done, or failed
    """

    sizes: Mapping[str, int]
    began: float
    finished: set[str] = field(default_factory=set)

    def share(self, shares: Mapping[str, float]) -> float:
        """Return the share of the whole that is done, from those of the scans under way."""
        weights = {name: max(size, _LEAST_BYTES) for name, size in self.sizes.items()}
        done = sum(
            weight * (1.0 if name in self.finished else shares.get(name, 0.0)) for name, weight in weights.items()
        )
        return done / max(sum(weights.values()), 1)

    def seconds_left(self, now: float, shares: Mapping[str, float]) -> float | None:
        """Return the seconds the rest may take at the pace so far; None while next to nothing is done."""
        share = self.share(shares)
        return (now - self.began) * (1 - share) / share if share > _SOON else None


def spoken(seconds: float) -> str:
    """Return a duration as a person says it.

    >>> spoken(0.04), spoken(7.25), spoken(90), spoken(5400)
    ('0.0 s', '7.2 s', '1 min 30 s', '1 h 30 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
