"""Ask a script of pipeline/carreau/base/node that answers one question after another, so that Node.js is started once.

A question and an answer are each a length (32 bits, little-endian) and so many bytes, on standard input and output.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from carreau.base.errors import ToolError
from carreau.base.messages import Message, Number, message
from carreau.base.tools import FOLDER, LONGEST_RUN_S, node

ENDING_S = 2.0
"""How long a script may take to end after its standard input did, before it is killed."""

LARGE_BYTES = 16_000_000
"""A script that was asked about more is ended: it keeps several times as much, and starting one takes little beside."""

Command = tuple[str, ...]
Process = subprocess.Popen[bytes]

_LOCK = threading.Lock()
_IDLE: defaultdict[Command, list[Process]] = defaultdict(list)
"""Processes that wait for the next question. Threads that ask at one time have one each, and leave them here.

They end with this process, however it ends, because their standard input does.
"""


def ask_script(script: str, *arguments: str, data: bytes, longest_s: float = LONGEST_RUN_S) -> bytes:
    """Return the answer of a script to data; it is started unless one waits.

    Raises ToolError when it gives none in that time or ends, with the last line of its standard error. The next
    question starts another.
    """
    command = (str(node()), str(FOLDER / script), *arguments)
    process = _waiting(command) or _started(command, script)
    is_late = threading.Event()
    overdue = threading.Timer(longest_s, _end_late, (process, is_late))
    overdue.start()
    try:
        answer = _exchange(process, data)
    except BaseException as error:
        process.kill()
        _, said = process.communicate()
        if not isinstance(error, OSError | EOFError):
            raise
        raise _failed(script, said, longest_s if is_late.is_set() else None) from error
    finally:
        overdue.cancel()
    if len(data) > LARGE_BYTES:
        _end([process])
    else:
        with _LOCK:
            _IDLE[command].append(process)
    return answer


def stop_scripts() -> None:
    """End the scripts that wait for a question."""
    with _LOCK:
        processes = [process for some in _IDLE.values() for process in some]
        _IDLE.clear()
    _end(processes)


def _end(processes: Sequence[Process]) -> None:
    for process in processes:
        with suppress(OSError):
            _pipe(process.stdin).close()
    for process in processes:
        try:
            process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            _pipe(pipe).close()


atexit.register(stop_scripts)


def _forget() -> None:
    """Leave the scripts of the parent to it after a fork."""
    _IDLE.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget)


def _waiting(command: Command) -> Process | None:
    """Return a process that waits, without those that somebody ended meanwhile."""
    with _LOCK:
        while _IDLE[command]:
            process = _IDLE[command].pop()
            if process.poll() is None:
                return process
            process.communicate()
    return None


def _started(command: Command, script: str) -> Process:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise ToolError(message("%(script)s could not be run: %(error)s", script=script, error=str(error))) from error


def _end_late(process: Process, is_late: threading.Event) -> None:
    is_late.set()
    process.kill()


def _exchange(process: Process, data: bytes) -> bytes:
    """Raise EOFError or OSError when the process ends before it has answered."""
    questions, answers = _pipe(process.stdin), _pipe(process.stdout)
    questions.write(len(data).to_bytes(4, "little"))
    questions.write(data)
    questions.flush()
    return _read(answers, int.from_bytes(_read(answers, 4), "little"))


def _read(answers: IO[bytes], length: int) -> bytes:
    data = answers.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def _failed(script: str, said: bytes, waited_s: float | None) -> ToolError:
    reason: str | Message = message("it gave no reason")
    if waited_s is not None:
        reason = message("it gave no answer within %(limit)s s", limit=Number(waited_s, "g"))
    elif lines := said.decode("utf-8", "replace").strip().splitlines():
        reason = lines[-1]
    return ToolError(
        message(
            "%(script)s failed: %(error)s; run `make setup` again if modules are missing", script=script, error=reason
        )
    )
