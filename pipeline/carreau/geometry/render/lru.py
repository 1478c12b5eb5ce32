"""Values of computations that were needed last, held within a bound of memory."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from carreau.base.process import share_of_run

Held = TypeVar("Held")


class LruCache(Generic[Held]):
    """The values used last, as long as their sizes together stay within a bound.

    A value that is larger is shared while somebody uses it, and dropped with its last user. Two threads that ask for
    the same value make it once. Values must not be changed, and must follow from their key alone: then nobody can tell
    whether one was made or held.
    """

    def __init__(self, most: float, unit_bytes: float = 0, share: float = 1) -> None:
        """Start empty.

        most : in the unit of the sizes given with each value
        unit_bytes : memory of one unit, 0 where it does not matter
        share : of the memory of the run that is held at most, if a unit takes any
        """
        self._most, self._unit_bytes, self._share = most, unit_bytes, share
        self._held: OrderedDict[object, tuple[Held, float]] = OrderedDict()
        self._alive: WeakValueDictionary[object, Held] = WeakValueDictionary()
        self._turns: WeakValueDictionary[object, _Turn] = WeakValueDictionary()
        self._lock = threading.Lock()

    def get(self, key: object, size: float, make: Callable[[], Held]) -> Held:
        """Return the value of a key, made when it is not there."""
        with self._lock:
            # A lock for each key: whoever asks for the same value waits, and makers of other values are not held up.
            turn = self._turns.get(key)
            if turn is None:
                turn = self._turns[key] = _Turn()
        with turn.lock:
            with self._lock:
                # Dropped values live on while somebody uses them, and are found again here.
                value = self._alive.get(key)
            if value is None:
                self._make_room(size)
                value = make()
            with self._lock:
                self._alive[key] = value
                self._hold(key, value, size)
            return value

    @property
    def most(self) -> float:
        """Return how much is held now, in the unit of the sizes."""
        return min(self._most, share_of_run(self._share) / self._unit_bytes) if self._unit_bytes else self._most

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._held.clear()

    def _make_room(self, size: float) -> None:
        """Drop the oldest before the next is made, so that both need not lie in memory at once."""
        with self._lock:
            self._shrink(self.most - size if size <= self.most else self.most)

    def _hold(self, key: object, value: Held, size: float) -> None:
        if size <= self.most:
            self._held[key] = value, size
            self._held.move_to_end(key)
            self._shrink(self.most)

    def _shrink(self, most: float) -> None:
        while self._held and sum(size for _, size in self._held.values()) > most:
            self._held.popitem(last=False)


class _Turn:
    """A lock that is dropped with its last user."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


def array_key(*arrays: np.ndarray) -> bytes:
    """Return a digest of arrays' types, shapes and bytes: 6 ms for the triangles of a scan of 600,000."""
    hasher = hashlib.sha256()
    for array in arrays:
        hasher.update(f"{array.dtype.str}{array.shape}".encode())
        hasher.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return hasher.digest()
