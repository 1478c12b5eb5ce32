"""Chunks of whole lines of a text file, scanned by several threads.

Chunks are read into a buffer for each thread. A memory map was tried: it was no faster on 409 MB, its pages count as
memory in use, and a file that shrinks meanwhile (on a network drive, say) would kill the process.
"""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from carreau.base.cores import cores
from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import ByteArray
from carreau.formats.io.decimals import number
from carreau.formats.io.file_errors import EXPORT_AGAIN

CHUNK_BYTES = 4 << 20
LONGEST_LINE_BYTES = 64 << 20
_BLOCK_BYTES = 1 << 16
_MARGIN = 16
_LINE_END = re.compile(rb"(?<!\\)(?<!\\\r)\n|(?<!\\)\r(?!\n)")
_thread = threading.local()
Result = TypeVar("Result")


@dataclass(frozen=True)
class Chunk:
    """Whole lines of a file, from byte `start` to before byte `end`."""

    path: Path
    start: int
    end: int

    def load(self) -> ByteArray:
        """Return the bytes, (end - start + margin,) uint8, followed by line breaks that stop every scanner.

        The next `load` in the same thread overwrites the buffer.
        """
        size = self.end - self.start
        if getattr(_thread, "buffer", None) is None or len(_thread.buffer) < size + _MARGIN:
            _thread.buffer = np.empty(size * 5 // 4 + _MARGIN, np.uint8)
        text: ByteArray = _thread.buffer[: size + _MARGIN]
        with self.path.open("rb", buffering=0) as file:
            file.seek(self.start)
            read = 0
            while read < size and (count := file.readinto(text[read:size].data)):
                read += count
        text[read:] = 10
        return text

    def number(self, text: ByteArray, first: int, last: int) -> float:
        """Return text[first:last] as a number. Raises FormatError naming the line."""
        word = text[first:last].tobytes()
        try:
            return number(word)
        except ValueError:
            cause = message("'%(text)s' is not a number", text=word[:40].decode("utf-8", "replace"))
            raise self.error(first, cause, EXPORT_AGAIN) from None

    def error(self, offset: int, cause: Message, cure: Message) -> FormatError:
        """Return the error for byte `offset` of this chunk, naming its line."""
        line = line_at(self.path, self.start + offset)
        return FormatError(self.path, message("line %(line)s", line=line), cause, cure)


def cut(path: Path, start: int = 0, size: int | None = None) -> list[Chunk]:
    """Return the chunks of a file from byte `start`, at least one, each near `size` bytes.

    Raises FormatError for a line longer than 64 MB.
    """
    step = size or CHUNK_BYTES
    chunks = []
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        while start < length:
            end = length
            if start + step < length:
                file.seek(start + step - 2)
                end = min(_next_line(path, file.read, start + step - 2), length)
            chunks.append(Chunk(path, start, end))
            start = end
    return chunks or [Chunk(path, start, start)]


def _next_line(path: Path, read: Callable[[int], bytes], start: int) -> int:
    """Return the first byte of the next line after `start` that does not continue another after a backslash."""
    position, tail = start, b""
    while position - start < LONGEST_LINE_BYTES:
        block = tail + (fresh := read(_BLOCK_BYTES))
        if not fresh:
            return position
        position += len(fresh)
        if match := _LINE_END.search(block, max(len(tail), 2)):
            return position - len(block) + match.end()
        tail = block[-2:]
    cause = message("a line is longer than %(size)s MB", size=LONGEST_LINE_BYTES >> 20)
    raise FormatError(path, message("byte %(offset)s", offset=start), cause, message("check that it is a text file"))


def scan_each(chunks: list[Chunk], scan: Callable[[Chunk], Result]) -> Iterator[Result]:
    """Yield `scan(chunk)` of each chunk in file order, computed by one thread per processor."""
    workers = min(len(chunks), cores())
    if workers < 2:
        yield from map(scan, chunks)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        pending: deque[Future[Result]] = deque()
        for chunk in chunks:
            pending.append(pool.submit(scan, chunk))
            if len(pending) > 2 * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def line_at(path: Path, offset: int) -> int:
    """Return the number of the line with byte `offset`, from 1."""
    line = 1
    with path.open("rb") as file:
        while offset > 0 and (block := file.read(min(offset, 1 << 20))):
            line += block.count(b"\n")
            offset -= len(block)
    return line
