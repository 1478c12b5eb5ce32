"""Access log: one line of JSON per request, without personal data: no address, no query, no User-Agent, no referrer.

What `carreau stats` needs of these headers is in the line as a yes or no: `robot`, `ahead` and `script`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
import time
from typing import NamedTuple, TextIO

from carreau.base.schema.robots import is_robot
from carreau_server.http.context import RequestContext

_LANGUAGE = re.compile("[a-z]{2}")


class Visit(NamedTuple):
    """What is counted of a request.

    lang : of the response, or asked for by `?lang=`; empty where there is none
    robot : whether a program asks (`carreau.base.schema.robots`)
    ahead : whether the browser asks for what the visitor may want next
    script : whether a script of a page asks, as for the files of an offline pack
    """

    lang: str
    robot: bool
    ahead: bool
    script: bool


def visit_of(context: RequestContext, content_language: str) -> Visit:
    """Return what is counted of a request, by its headers and the language of its response."""
    lang = context.lang if _LANGUAGE.fullmatch(context.lang) else content_language
    purpose = context.header(b"sec-purpose") + context.header(b"purpose") + context.header(b"x-moz")
    return Visit(
        lang if _LANGUAGE.fullmatch(lang) else "",
        is_robot(context.header(b"user-agent")),
        "prefetch" in purpose,
        context.header(b"sec-fetch-dest") == "empty",
    )


class AccessLog:
    """Buffers lines, and writes them to a stream once a second or when there are many."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to the standard output by default."""
        self._stream = stream
        self._lines: list[str] = []
        self._flushed = time.monotonic()

    def add(self, method: str, path: str, status: int, size: int, seconds: float, visit: Visit, **more: str) -> None:
        """Log a request, without its query, which may hold a search or a position."""
        now = time.time()
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z",
            # A link whose question mark was encoded on its way has its question in the path.
            **{
                "method": method,
                "path": path.partition("?")[0][:500],
                "status": status,
                "bytes": size,
                "ms": round(seconds * 1000, 3),
            },
            **visit._asdict(),
            **more,
        }
        self._lines.append(json.dumps(line, ensure_ascii=True))
        if len(self._lines) >= 256 or time.monotonic() - self._flushed > 1:
            self.flush()

    async def keep_flushing(self) -> None:
        """Flush every second, forever, so that the last line does not wait for the next request."""
        while True:
            await asyncio.sleep(1)
            self.flush()

    def flush(self) -> None:
        """Write the buffered lines."""
        if self._lines:
            stream = self._stream or sys.stdout
            # A full disk or a closed pipe loses lines of the log, and no response.
            with contextlib.suppress(OSError, ValueError):
                stream.write("\n".join(self._lines) + "\n")
                stream.flush()
            self._lines.clear()
        self._flushed = time.monotonic()
