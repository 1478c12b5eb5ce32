"""Let a step begin when there is a free place and enough memory for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PATIENCE = 16
"""How many younger steps may pass one that waits for memory, before they wait behind it."""


@dataclass(eq=False)
class _Wish:
    size_bytes: int
    passed: int = 0


class ResourceLimiter:
    """So many places, so much memory.

    slots : how many steps may run at once, None for any number
    budget_bytes : what they may hold together, None for any amount
    """

    def __init__(self, slots: int | None = None, budget_bytes: int | None = None) -> None:
        """Open with every place free."""
        self.slots, self.budget_bytes = slots, budget_bytes
        self._waiting: list[_Wish] = []
        self._running: list[_Wish] = []
        self._changed = threading.Condition()

    @contextmanager
    def room(self, size_bytes: int = 0) -> Iterator[None]:
        """Wait for a place with so much memory, and hold it during a `with` block.

        A wish beyond the whole budget waits until nothing runs, and nothing begins beside it. Who waits for memory is
        passed by smaller ones, `PATIENCE` times at most.
        """
        wish = _Wish(size_bytes)
        with self._changed:
            self._waiting.append(wish)
            self._changed.wait_for(lambda: self._may(wish))
            self._begin(wish)
        try:
            yield
        finally:
            with self._changed:
                self._running.remove(wish)
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def _may(self, wish: _Wish) -> bool:
        if self.slots is not None and len(self._running) >= self.slots:
            return False
        elders = self._waiting[: self._waiting.index(wish)]
        # Whoever could go now goes first, in the order they came; one that was passed too often is waited for.
        return self._fits(wish) and not any(elder.passed >= PATIENCE or self._fits(elder) for elder in elders)

    def _fits(self, wish: _Wish) -> bool:
        if self.budget_bytes is None or not self._running:
            return True
        return sum(other.size_bytes for other in self._running) + wish.size_bytes <= self.budget_bytes

    def _begin(self, wish: _Wish) -> None:
        place = self._waiting.index(wish)
        for elder in self._waiting[:place]:
            elder.passed += 1
        self._waiting.remove(wish)
        self._running.append(wish)
        self._changed.notify_all()
