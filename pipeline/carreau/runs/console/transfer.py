"""Progress of what is received over the network, in bytes: the interface, plain lines, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from carreau.base.messages import Message, Number, message
from carreau.runs.console.progress import PlainLines, Translate, time_left

_LEAST_BYTES = 1_000_000
_LEAST_S = 2.0
_LINE_EVERY_S = 10.0


@dataclass
class ByteCount:
    """Bytes that are expected of each of several things, and those that came.

    began : when the first byte was waited for, in seconds of the clock
    expected : bytes by name
    received : bytes by name
    """

    began: float
    expected: dict[str, int] = field(default_factory=dict)
    received: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Return the bytes that came."""
        return sum(self.received.values())

    @property
    def total(self) -> int:
        """Return the bytes of all; what comes beyond the expected was expected too little."""
        names = {*self.expected, *self.received}
        return sum(max(self.expected.get(name, 0), self.received.get(name, 0)) for name in names)

    def finish(self, name: str) -> None:
        """Expect no more of a thing than came."""
        self.expected[name] = self.received.get(name, 0)

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds the rest may take at the pace so far; None while next to nothing came."""
        if self.done < _LEAST_BYTES or now - self.began < _LEAST_S:
            return None
        return (now - self.began) * (self.total - self.done) / self.done


class Transfer:
    """Receives how many bytes come of what, and shows nothing of it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count."""
        self._clock = clock
        self.count, self.name = ByteCount(clock()), ""

    def expect(self, name: str, size_bytes: int) -> None:
        """Receive how many bytes a thing may have."""
        self.count.expected[name] = size_bytes

    def begin(self, name: str) -> None:
        """Receive that what comes now belongs to a thing."""
        self.name = name

    def receive(self, size_bytes: int) -> None:
        """Receive that bytes came."""
        self.count.received[self.name] = self.count.received.get(self.name, 0) + size_bytes

    def finish(self, name: str) -> None:
        """Receive that a thing is there."""
        self.count.finish(name)

    def note(self, message: Message) -> None:
        """Receive a sentence for a person."""

    def close(self) -> None:
        """Release what was opened; nothing follows."""

    def line(self) -> Message:
        """Return how much came, and how long the rest may take."""
        done, total = (Number(size / 1e6, ",.1f") for size in (self.count.done, self.count.total))
        amount = message("%(done)s of %(total)s MB", done=done, total=total)
        left = self.count.seconds_left(self._clock())
        return message("%(amount)s, %(left)s", amount=amount, left=time_left(left)) if left is not None else amount


class TransferLines(Transfer):
    """Writes a plain line now and then, with the time of day: for logs and pipes."""

    def __init__(
        self, stream: IO[str], translate: Translate = str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Write to an open text stream."""
        super().__init__(clock)
        self._lines, self._next = PlainLines(stream, translate=translate), clock() + _LINE_EVERY_S

    def receive(self, size_bytes: int) -> None:
        """Write how much came, every ten seconds."""
        super().receive(size_bytes)
        if self._clock() >= self._next:
            self._next = self._clock() + _LINE_EVERY_S
            self._lines.note(message("%(name)s: %(progress)s", name=self.name, progress=self.line()))

    def note(self, message: Message) -> None:
        """Write a sentence."""
        self._lines.note(message)
