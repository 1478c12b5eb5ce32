"""Read a line of an access log: that of our server and of its nginx (JSON), or the common and combined formats."""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast
from urllib.parse import parse_qs, unquote, urlsplit

from carreau.base.errors import FormatError, OptionError
from carreau.base.messages import message
from carreau.base.schema.robots import is_robot

MAX_LINE_BYTES = 65_536
"""Of a line that is read; servers write shorter ones."""
_MAX_PATH_CHARS = 500
_QUOTED = rb'"((?:[^"\\]|\\.)*)"'
_COMBINED = re.compile(
    rb"\S+ \S+ [^\[]{1,500}\[([^\]]{1,40})\] "
    + _QUOTED
    + rb" (\d{3}) (?:\d+|-)(?: "
    + _QUOTED
    + rb" "
    + _QUOTED
    + rb")?"
)
"""`host ident user [time] "request" status bytes`, and in the combined format `"referrer" "User-Agent"`; nginx and
Apache write them by default. More may follow."""
_LANGUAGE = re.compile("[a-z]{2}")


class Hit(NamedTuple):
    """What is counted of a request. Addresses, the User-Agent and the query are not in it.

    day : as the clock of the server that wrote the line has it, such as 2026-11-27
    path : decoded, without the query
    lang : that was asked for or answered, where the line tells it
    referrer : path of the page that asked; empty for one of another host, and where the line does not tell it
    is_robot, is_ahead, is_script : as in `carreau_server.http.access_log.Visit`; False where the line does not tell
    """

    day: str
    method: str
    path: str
    status: int
    lang: str
    referrer: str
    is_robot: bool
    is_ahead: bool
    is_script: bool


def read_line(line: bytes) -> Hit | None:
    """Return a request, None for a line that no format fits."""
    return _json(line) if line.startswith(b"{") else _combined(line)


def _json(line: bytes) -> Hit | None:
    try:
        entry: dict[str, Any] = json.loads(line)
        day, path, status, lang = str(entry["time"])[:10], str(entry["path"]), int(entry["status"]), str(entry["lang"])
        flags = entry["robot"] is True, entry["ahead"] is True, entry["script"] is True
        method = str(entry["method"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not _is_day(day):
        return None
    return Hit(day, method, path[:_MAX_PATH_CHARS], status, _language(lang), "", *flags)


def _combined(line: bytes) -> Hit | None:
    match = _COMBINED.match(line)
    if match is None:
        return None
    time, request, status, referrer, agent = match.groups()
    day, parts = _day(time), request.decode("latin-1").split(" ")
    if not day or len(parts) != 3:
        return None
    method, target, _ = parts
    path, query = _split(target)
    langs = parse_qs(query, max_num_fields=50).get("lang", [""]) if "lang=" in query and query.count("&") < 50 else [""]
    # The common format has no User-Agent: nothing can be left out there.
    is_program = agent is not None and _is_robot(agent)
    source = _split(referrer.decode("latin-1"))[0] if referrer and referrer != b"-" else ""
    return Hit(day, method, path, int(status), _language(langs[0]), source, is_program, False, False)


@lru_cache(maxsize=4096)
def _is_robot(agent: bytes) -> bool:
    return is_robot(agent.decode("latin-1"))


@lru_cache(maxsize=4096)
def _split(target: str) -> tuple[str, str]:
    """Return path and query of a target or an address; both empty where it is none."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return "", ""
    return unquote(parts.path)[:_MAX_PATH_CHARS], parts.query


def _language(text: str) -> str:
    return text if _LANGUAGE.fullmatch(text) else ""


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _day(time: bytes) -> str:
    """Return the day of `27/Nov/2026:17:20:41 +0000`; empty where it is none."""
    return _day_of(time[:11])


@lru_cache(maxsize=4096)
def _day_of(text: bytes) -> str:
    day, _, rest = text.decode("latin-1").partition("/")
    month, _, year = rest.partition("/")
    number = _MONTHS.get(month)
    try:
        return date(int(year), number or 0, int(day)).isoformat() if len(year) == 4 else ""
    except ValueError:
        return ""


_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
"""English whatever the locale, as servers write them."""

STDIN = "-"
_GZIP = b"\x1f\x8b"
_REPORT_BYTES = 1_000_000


class _Counted(io.RawIOBase):
    """A stream that says how many bytes were read of it."""

    def __init__(self, inner: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        super().__init__()
        self._inner, self._on_bytes, self._unsaid = inner, on_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        part = memoryview(cast(bytearray, buffer))
        content = self._inner.read(len(part))
        part[: len(content)] = content
        self._unsaid += len(content)
        if self._unsaid >= _REPORT_BYTES or not content:
            self._on_bytes(self._unsaid)
            self._unsaid = 0
        return len(content)


def size_bytes(names: Sequence[str]) -> dict[str, int]:
    """Return the bytes of each log that is a file; raises OptionError for one that is not there or no file."""
    sizes = {}
    for name in names:
        if name == STDIN:
            sizes[name] = 0
            continue
        path = Path(name)
        if not path.exists():
            raise OptionError(message("%(path)s: there is no such file; name the access log of the server", path=name))
        if path.is_dir():
            raise OptionError(message("%(path)s is a folder; name the access logs in it", path=name))
        sizes[name] = path.stat().st_size if path.is_file() else 0
    return sizes


def lines_of(name: str, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the lines of a log without their ends; one that is too long is cut, as nothing can be read in it.

    name : of a file, or "-" for the standard input; one that begins as gzip is decompressed, whatever its name
    on_bytes : is told now and then how many more bytes of the file were read

    Raises FormatError for a damaged gzip, and OSError where the file cannot be read.
    """
    with _opened(name) as file:
        buffered = io.BufferedReader(_Counted(file, on_bytes), 1 << 18)
        is_packed = buffered.peek(2).startswith(_GZIP)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=buffered) if is_packed else buffered)
        try:
            yield from _lines(stream)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            cause = message("the compressed file is damaged or cut off")
            raise FormatError(name, "", cause, message("copy it again, or decompress what is left of it")) from error


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    is_rest = False
    while line := stream.readline(MAX_LINE_BYTES):
        is_whole = line.endswith(b"\n")
        if not is_rest:
            yield line.rstrip(b"\r\n")
        is_rest = not is_whole


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == STDIN:
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as file:
        yield file
