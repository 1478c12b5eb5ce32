"""Choose the progress display of a stream: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO

from pipeline.console.progress import Dashboard, LinesBoard, PlainLines, Progress, Quiet, QuietBoard, Translate
from pipeline.console.transfer import Transfer, TransferLines

_MIN_COUNTED = 4
_CLEAR_LINE = "\r\x1b[K"


def progress_for(stream: IO[str], quiet: bool = False, translate: Translate = str) -> Progress:
    """Return the progress for a stream: a bar on a terminal, plain lines elsewhere, nothing when quiet.

    translate : renders messages and labels of steps in the person's language
    """
    if quiet:
        return Quiet()
    if not stream.isatty():
        return PlainLines(stream, translate=translate)
    from pipeline.console.live import Live

    return Live(stream, translate)


def dashboard_for(
    stream: IO[str], sizes: Mapping[str, int], quiet: bool = False, translate: Translate = str
) -> Dashboard:
    """Return the dashboard for a stream: a bar for each scan on a terminal, plain lines elsewhere, nothing when quiet.

    sizes : bytes of each scan by name, its share of all work
    translate : as for `progress_for`
    """
    if quiet:
        return QuietBoard()
    if not stream.isatty():
        return LinesBoard(stream, sizes, translate)
    from pipeline.console.live import LiveBoard

    return LiveBoard(stream, sizes, translate)


def transfer_for(stream: IO[str], quiet: bool = False, translate: Translate = str) -> Transfer:
    """Return the progress of a download for a stream: a bar on a terminal, plain lines elsewhere, nothing when quiet.

    translate : as for `progress_for`
    """
    if quiet:
        return Transfer()
    if not stream.isatty():
        return TransferLines(stream, translate)
    from pipeline.console.live import LiveTransfer

    return LiveTransfer(stream, translate)


def counter_for(stream: IO[str]) -> Callable[[int, int], None]:
    """Return a function that shows `12 of 58` in one line of a terminal, removed at the end; nothing elsewhere."""

    def count(done: int, total: int) -> None:
        if stream.isatty() and total >= _MIN_COUNTED:
            stream.write(f"{_CLEAR_LINE}{done} of {total}" if done < total else _CLEAR_LINE)
            stream.flush()

    return count


def counting_lines(stream: IO[str]) -> Callable[[int, int], None]:
    """Return a function that writes `12 of 58` as a line for each per cent, for a program that shows it."""
    written = [-1]

    def count(done: int, total: int) -> None:
        share = 100 * done // max(total, 1)
        if share > written[0]:
            written[0] = share
            stream.write(f"{done} of {total}\n")
            stream.flush()

    return count
