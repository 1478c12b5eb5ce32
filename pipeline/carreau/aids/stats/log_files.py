"""Read access logs line by line, also compressed ones and the standard input, in constant memory."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from carreau.aids.stats.log_lines import MAX_LINE_BYTES
from carreau.base.errors import FormatError, OptionError
from carreau.base.messages import message

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
