"""Decompress the points of a LAZ file in a process of its own.

lazrs ends its process where memory runs out, and a damaged chunk makes it print a panic to the console. In a child
process neither reaches the command. The child decompresses one batch while the parent thins the one before, and is
ended where it takes much longer for one than any machine should.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

_ROOM_BYTES = 2 << 30
_PIPE_BYTES = 1 << 20
_REASON = "reason: "

START_S = 60.0
"""Seconds that a child may take to start, on a busy machine with a slow disk."""

POINT_S = 2e-5
"""Seconds that it may take for a point, which takes 4e-7 s of a processor."""


class DecompressionError(Exception):
    """The child ended before the last point; the text is its reason, as the library gives it."""


class DecompressionTimeoutError(DecompressionError):
    """The child gave no points in time.

    seconds : that it had
    """

    def __init__(self, seconds: float) -> None:
        """Keep the time."""
        super().__init__(f"no points within {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True)
class CompressedPoints:
    """Where the points of a LAZ file are, and how they are compressed.

    start : byte where they start
    record : LASzip record
    point_bytes : size of one point, decompressed
    count : points
    largest : bytes of the largest chunk, decompressed
    is_parallel : whether chunks are decompressed as one, on all cores; else point by point, without memory for a chunk
    """

    path: Path
    start: int
    record: bytes
    point_bytes: int
    count: int
    largest: int
    is_parallel: bool


@contextmanager
def decompressing(points: CompressedPoints, batch: int) -> Iterator[Iterator[bytes]]:
    """Give the points, `batch` at a time, as they are in an uncompressed file.

    Raises DecompressionError for damaged points, in the iteration; OSError if no process can be started. A batch may
    take `START_S`, and `POINT_S` for each of its points and of those of the largest chunk.
    """
    numbers = (points.start, points.point_bytes, points.count, batch, points.largest, int(points.is_parallel))
    command = [sys.executable, "-I", __file__, str(points.path), points.record.hex(), *map(str, numbers)]
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=printed, pipesize=_PIPE_BYTES
        )
        stream = cast(IO[bytes], process.stdout)
        try:
            yield _batches(process, stream, points, batch, printed)
        finally:
            process.kill()
            process.wait()
            stream.close()


def _batches(
    process: subprocess.Popen[bytes], stream: IO[bytes], points: CompressedPoints, batch: int, printed: IO[bytes]
) -> Iterator[bytes]:
    for done in range(0, points.count, batch):
        count = min(batch, points.count - done)
        seconds = START_S + POINT_S * (count + min(points.largest // points.point_bytes, points.count))
        with _ending(process, seconds) as was_ended:
            data = stream.read(count * points.point_bytes)
        if len(data) < count * points.point_bytes:
            raise DecompressionTimeoutError(seconds) if was_ended.is_set() else DecompressionError(_reason(printed))
        yield data


@contextmanager
def _ending(process: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    """End a process unless the block ends in time, and give whether that was done.

    A timer is used because Windows cannot wait for a pipe with a time limit.
    """
    was_ended = threading.Event()

    def end() -> None:
        was_ended.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield was_ended
    finally:
        timer.cancel()


def _reason(printed: IO[bytes]) -> str:
    """Return the reason that the child process gave, else the message for a process that was ended."""
    printed.seek(0)
    lines = printed.read(1 << 20).decode("utf-8", "replace").splitlines()
    return next((line.removeprefix(_REASON) for line in lines if line.startswith(_REASON)), "the decoder stopped")


def _decompress(path: str, record: str, *numbers: str) -> None:
    """Write the points to the standard output; this is what the child runs."""
    import lazrs

    start, point_bytes, count, batch, largest, is_parallel = map(int, numbers)
    _limit_memory(_ROOM_BYTES + 4 * largest + 2 * batch * point_bytes)
    with open(path, "rb") as source:  # noqa: PTH123 - pathlib would take as long to import as lazrs
        source.seek(start)
        reader = lazrs.ParLasZipDecompressor if is_parallel else lazrs.LasZipDecompressor
        decompressor = reader(source, bytes.fromhex(record))
        for done in range(0, count, batch):
            points = bytearray(min(batch, count - done) * point_bytes)
            decompressor.decompress_many(points)
            sys.stdout.buffer.write(points)
            sys.stdout.buffer.flush()


def _limit_memory(most_bytes: int) -> None:
    """Limit the address space, so that a claim that the checks of the header missed ends this process alone."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    try:
        _decompress(*sys.argv[1:])
    except BrokenPipeError:
        sys.exit(1)
    except BaseException as error:  # a panic of Rust is no Exception
        print(_REASON + " ".join(str(error).split())[:200], file=sys.stderr, flush=True)
        sys.exit(1)
