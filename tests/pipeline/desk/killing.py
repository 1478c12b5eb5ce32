"""Kill what saves at each of its steps: a process at each line of some modules, one after the other."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any


def killed_at_each_line(run: Callable[[], object], *modules: ModuleType) -> Iterator[int]:
    """Run a function in processes of their own, each killed a line later than the one before, until one gets through.

    Yields the number of lines after each kill.
    """
    files = {each.__file__ for each in modules}
    for count in itertools.count(1):
        process = multiprocessing.get_context("fork").Process(target=_run, args=(run, files, count))
        process.start()
        process.join()
        if process.exitcode == 0:
            return
        assert process.exitcode == -signal.SIGKILL
        yield count


def _run(run: Callable[[], object], files: set[str | None], count: int) -> None:
    left = count

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    run()
    sys.settrace(None)
