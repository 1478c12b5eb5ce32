"""What is received is shown in bytes, with the time left."""

from __future__ import annotations

import io

import pytest

from carreau.base.messages import message
from carreau.runs.progress import ByteCount, Transfer, TransferLines
from carreau.runs.progress_display import transfer_for


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_time_left_is_that_of_the_bytes_left() -> None:
    count = ByteCount(0.0, {"a": 4_000_000, "b": 6_000_000}, {"a": 4_000_000, "b": 1_000_000})
    assert count.seconds_left(20.0) == 20.0
    count.finish("b")
    assert count.total == 5_000_000
    assert count.seconds_left(20.0) == 0.0


def test_no_time_is_told_while_next_to_nothing_came() -> None:
    assert ByteCount(0.0, {"a": 4_000_000}, {"a": 10}).seconds_left(20.0) is None
    assert ByteCount(0.0, {"a": 4_000_000}, {"a": 2_000_000}).seconds_left(1.0) is None


def test_what_comes_beyond_the_expected_was_expected_too_little() -> None:
    assert ByteCount(0.0, {"a": 10, "b": 5}, {"a": 30}).total == 35
    assert ByteCount(0.0, {}, {"a": 30}).total == 30


def test_lines_come_now_and_then() -> None:
    stream, clock = io.StringIO(), Clock()
    lines = TransferLines(stream, clock=clock)
    lines.expect("coron", 8_000_000)
    lines.begin("coron")
    for second in range(1, 25):
        clock.now = second
        lines.receive(100_000)
    told = [line[10:] for line in stream.getvalue().splitlines()]
    assert told == ["coron: 1.0 of 8.0 MB, about 1 min 10 s left", "coron: 2.0 of 8.0 MB, about 1 min 0 s left"]
    lines.note(message("done"))
    assert stream.getvalue().endswith("  done\n")


def test_a_terminal_gets_a_bar_and_quiet_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    bar = transfer_for(stream)
    bar.expect("coron [1]", 8_000_000)
    bar.begin("coron [1]")
    bar.receive(2_000_000)
    bar.note(message("a sentence"))
    bar.close()
    assert "a sentence" in stream.getvalue()
    assert "2.0 of 8.0 MB" in stream.getvalue()
    assert type(transfer_for(stream, quiet=True)) is Transfer
    assert isinstance(transfer_for(io.StringIO()), TransferLines)
