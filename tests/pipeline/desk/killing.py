"""Kill what saves at each of its steps: a process at each line that finds its folder changed, one after the other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any


def killed_at_each_line(run: Callable[[], object], folder: Path, *modules: ModuleType) -> Iterator[int]:
    """Run a function in processes of their own, each killed later than the one before, until one gets through.

    A kill at a line leaves what the kill at the line before left, unless something was written meanwhile; so each
    process goes on to the first line of these modules at which the folder differs from what the last kill left.

    folder : all that the function writes lies in it

    Yields the number of lines after each kill.
    """
    files, context = {each.__file__ for each in modules}, multiprocessing.get_context("fork")
    lines = context.Value("q", 0)
    while True:
        process = context.Process(target=_run, args=(run, folder, files, lines))
        process.start()
        process.join()
        if process.exitcode == 0:
            return
        assert process.exitcode == -signal.SIGKILL
        yield lines.value


def _run(run: Callable[[], object], folder: Path, files: set[str | None], lines: Any) -> None:
    count, last, left = 0, lines.value, dict[str, bytes | str | None]()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count, left
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            count += 1
            if count == last:
                left = _content(folder)
            elif count > last and (last == 0 or _content(folder) != left):
                lines.value = count
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    run()
    sys.settrace(None)


def _content(folder: Path) -> dict[str, bytes | str | None]:
    """Return what lies in a folder by path: the bytes of files, the targets of links, None for folders."""
    content = dict[str, bytes | str | None]()
    for parent, folders, names in os.walk(folder):
        content |= {f"{parent}/{name}": None for name in folders}
        paths = [Path(parent, name) for name in names]
        content |= {str(each): str(each.readlink()) if each.is_symlink() else each.read_bytes() for each in paths}
    return content
