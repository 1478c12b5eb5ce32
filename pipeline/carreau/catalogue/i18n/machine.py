"""Ask a machine translation service of the team's choice for drafts: a program that reads JSON and writes JSON.

The program is started without a shell. On its standard input it gets

    {"source": "fr", "target": "nl", "texts": [
        {"id": "t0123…", "text": "…", "context": "site.une.summary", "limit": 240, "terms": {"fosse": "mijn / put"}}]}

and on its standard output it writes `{"texts": [{"id": "t0123…", "text": "…"}]}`, in UTF-8, within the time limit.
Texts that it leaves out are left untranslated.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from carreau.base.errors import OptionError, ServiceError
from carreau.base.messages import Message, Number, message

LONGEST_S = 120.0
LARGEST_BYTES = 4_000_000
MOST_TEXTS = 100
"""Of one request."""

_PAUSE_S = 0.05
_NOTE = "machine translation"
_NO_ANSWER = message("its answer is not the JSON that the documentation describes")


def machine_note() -> str:
    """Return the note that marks a translation as a draft of a machine."""
    return _NOTE


def is_machine_note(note: str) -> bool:
    """Return whether a note marks a draft of a machine."""
    return note == _NOTE


@dataclass(frozen=True)
class ToTranslate:
    """A text for the service.

    limit : in characters, None where there is no limit
    terms : words of the glossary with their wanted translations
    """

    id: str
    text: str
    context: str
    limit: int | None
    terms: Mapping[str, str]


@dataclass(frozen=True)
class TranslationService:
    """A program with its arguments."""

    command: tuple[str, ...]
    longest_s: float = LONGEST_S

    def drafts(self, texts: Sequence[ToTranslate], source: str, target: str) -> dict[str, str]:
        """Return translations by id; raises ServiceError where the program fails, or answers something else."""
        wanted = {each.id for each in texts}
        plain = {"source": source, "target": target, "texts": [vars(each) for each in texts]}
        content = self._answered(json.dumps(plain, ensure_ascii=False).encode())
        try:
            answer = json.loads(content)["texts"]
            found = {each["id"]: each["text"] for each in answer if each["id"] in wanted}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._failed(_NO_ANSWER) from error
        if not all(isinstance(each, str) for each in found.values()):
            raise self._failed(_NO_ANSWER)
        return {name: text.strip() for name, text in found.items() if text.strip()}

    def _answered(self, content: bytes) -> bytes:
        """Run the program, and end all that it has started; files take what it writes, not our memory."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
            given.write(content)
            given.seek(0)
            try:
                process = subprocess.Popen(self.command, stdin=given, stdout=out, stderr=said, start_new_session=True)
            except OSError as error:
                raise self._failed(message("%(text)s", text=str(error.strerror or error))) from error
            try:
                self._watch(process, out, said)
            finally:
                _end(process)
            if process.returncode:
                lines = _start_of(said, 2000).decode("utf-8", "replace").strip().splitlines()
                ended = message("it ended with status %(status)s", status=process.returncode)
                raise self._failed(message("%(text)s", text=lines[-1][:200]) if lines else ended)
            return _start_of(out, LARGEST_BYTES)

    def _watch(self, process: subprocess.Popen[bytes], *outputs: IO[bytes]) -> None:
        """Wait until the program ends; raises ServiceError where it takes too long, or writes too much."""
        ended = time.monotonic() + self.longest_s
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PAUSE_S)
            if any(os.fstat(each.fileno()).st_size > LARGEST_BYTES for each in outputs):
                raise self._failed(message("it wrote more than %(limit)s MB", limit=LARGEST_BYTES // 10**6))
            if process.returncode is not None:
                return
            if time.monotonic() > ended:
                raise self._failed(message("it took longer than %(limit)s s", limit=Number(self.longest_s, "g")))

    def _failed(self, answer: Message) -> ServiceError:
        return ServiceError(Path(self.command[0]).name, answer, message("nothing was translated; try again"))


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _start_of(file: IO[bytes], most: int) -> bytes:
    file.seek(0)
    return file.read(most)


def translation_service(command: str) -> TranslationService:
    """Return the service of a command line; raises OptionError where it is empty or its quotation marks are open."""
    try:
        parts = tuple(shlex.split(command))
    except ValueError:
        parts = ()
    if not parts:
        raise OptionError(message("--translator %(command)s: write a program and its arguments", command=command))
    return TranslationService(parts)
