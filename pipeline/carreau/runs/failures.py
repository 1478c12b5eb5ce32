"""Turn exceptions into one line for a person and an exit code, and log the rest."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from carreau.base.errors import CarreauError
from carreau.base.messages import message
from carreau.base.tools import missing_part
from carreau.runs.cache import default_root
from carreau.runs.progress import Logged

DEFECT = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells have it

_BREAKS = re.compile("[ \t\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure:
    """A failed run: a message for a person and an exit code for a shell."""

    message: str
    exit_code: int


@dataclass(frozen=True)
class Attempt(Generic[Result]):
    """What an action returned, or how it failed."""

    result: Result | None = None
    failure: Failure | None = None


def run_safely(action: Callable[[], Result], log: Logged | None = None) -> Attempt[Result]:
    """Run an action, and return what it returns, or how it failed.

    log : closed in the end; a failure is logged there
    """
    try:
        result = action()
        sys.stdout.flush()
        return Attempt(result)
    except CarreauError as error:
        if log:
            _log_error(log, error)
        return Attempt(failure=Failure(error.message, error.exit_code))
    except KeyboardInterrupt:
        text = message("interrupted; finished steps are cached, and the next run continues from there")
        return Attempt(failure=Failure(text, INTERRUPTED))
    except BrokenPipeError:  # `carreau inspect … | head` has read enough; Python would complain again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Attempt()
    except MemoryError:
        return Attempt(
            failure=Failure(message("not enough memory; close other programs, or use --jobs 1 or --memory"), 1)
        )
    except Exception as error:
        part = missing_part(error.name or "") if isinstance(error, ModuleNotFoundError) else None
        if part is not None:
            return Attempt(failure=Failure(part.message, part.exit_code))
        return Attempt(failure=_defect(error, log.path if log else None))
    finally:
        if log:
            log.close()


def _log_error(log: Logged, error: CarreauError) -> None:
    """Log an error; one about the input or an option removes the log, because its message is complete."""
    if error.exit_code == 2:
        log.discard()
    else:
        log.log(str(error))


def _defect(error: Exception, log: Path | None) -> Failure:
    path = log or default_root() / "defect.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        traceback.print_exception(error)
    kind = type(error).__name__
    text = message(
        "this is a bug in Carreau (%(kind)s: %(error)s); please report it and attach %(path)s",
        kind=kind,
        error=str(error),
        path=str(path),
    )
    return Failure(text, DEFECT)


def one_line(text: str) -> str:
    """Return a text without line breaks; no-break spaces stay."""
    return _BREAKS.sub(" ", text).strip()
