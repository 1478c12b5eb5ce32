"""Choose the progress display of a stream: bars on a terminal, plain lines elsewhere.

Where a program shows how far it is, scans are also written to the file of `carreau.runs.progress_file`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import IO

from carreau.base.messages import Message, Number, message
from carreau.runs.progress import (
    Dashboard,
    LinesBoard,
    PlainLines,
    Progress,
    Quiet,
    QuietBoard,
    Transfer,
    TransferLines,
    Translate,
)
from carreau.runs.progress_file import FileDashboard, FileProgress, progress_file

_MIN_COUNTED = 4
_CLEAR_LINE = "\r\x1b[K"


def progress_for(stream: IO[str], quiet: bool = False, translate: Translate = str) -> Progress:
    """Return the progress for a stream: a bar on a terminal, plain lines elsewhere, nothing when quiet.

    translate : renders messages and labels of steps in the person's language
    """
    shown, file = _progress_shown(stream, quiet, translate), progress_file()
    return FileProgress(shown, file) if file.is_wanted else shown


def _progress_shown(stream: IO[str], quiet: bool, translate: Translate) -> Progress:
    if quiet:
        return Quiet()
    if not stream.isatty():
        return PlainLines(stream, translate=translate)
    from carreau.runs.live import Live

    return Live(stream, translate)


def dashboard_for(
    stream: IO[str], sizes: Mapping[str, int], quiet: bool = False, translate: Translate = str
) -> Dashboard:
    """Return the dashboard for a stream: a bar for each scan on a terminal, plain lines elsewhere, nothing when quiet.

    sizes : bytes of each scan by name, its share of all work
    translate : as for `progress_for`
    """
    shown, file = _board_shown(stream, sizes, quiet, translate), progress_file()
    return FileDashboard(shown, sizes, file) if file.is_wanted else shown


def _board_shown(stream: IO[str], sizes: Mapping[str, int], quiet: bool, translate: Translate) -> Dashboard:
    if quiet:
        return QuietBoard()
    if not stream.isatty():
        return LinesBoard(stream, sizes, translate)
    from carreau.runs.live import LiveBoard

    return LiveBoard(stream, sizes, translate)


def transfer_for(stream: IO[str], quiet: bool = False, translate: Translate = str) -> Transfer:
    """Return the progress of a download for a stream: a bar on a terminal, plain lines elsewhere, nothing when quiet.

    translate : as for `progress_for`
    """
    if quiet:
        return Transfer()
    if not stream.isatty():
        return TransferLines(stream, translate)
    from carreau.runs.live import LiveTransfer

    return LiveTransfer(stream, translate)


def counter_for(stream: IO[str]) -> Callable[[int, int], None]:
    """Return a function that shows `12 of 58` in one line of a terminal, removed at the end; nothing elsewhere."""
    file = progress_file()

    def count(done: int, total: int) -> None:
        file.report(done / max(total, 1))
        if stream.isatty() and total >= _MIN_COUNTED:
            stream.write(f"{_CLEAR_LINE}{done} of {total}" if done < total else _CLEAR_LINE)
            stream.flush()

    return count


def share_for(stream: IO[str], translate: Translate = str) -> Callable[[Message, float], None]:
    """Return a function that shows what is being done, and the share of all that is done, 0 to 1.

    It shows `writing the pages, 62%` in one line of a terminal, removed at the end; nothing elsewhere.
    """
    file = progress_file()

    def show(doing: Message, share: float) -> None:
        file.report(share, (doing,))
        if stream.isatty():
            line = translate(message("%(doing)s, %(share)s", doing=doing, share=Number(share, ".0%")))
            stream.write(f"{_CLEAR_LINE}{line}" if share < 1 else _CLEAR_LINE)
            stream.flush()

    return show
