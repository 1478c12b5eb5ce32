"""Access log: one line of JSON per request, without personal data (no full address, no query)."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import sys
import time
from functools import lru_cache
from typing import TextIO


@lru_cache(maxsize=4096)
def anonymized(address: str) -> str:
    """Return the network of an address, which does not identify a person: /24, or /48 for IPv6.

    >>> anonymized("192.0.2.77"), anonymized("2001:db8:1:2::3"), anonymized("testclient")
    ('192.0.2.0/24', '2001:db8:1::/48', '')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


class AccessLog:
    """Buffers lines, and writes them to a stream once a second or when there are many."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to the standard output by default."""
        self._stream = stream
        self._lines: list[str] = []
        self._flushed = time.monotonic()

    def add(self, client: str, method: str, path: str, status: int, size: int, seconds: float, **more: str) -> None:
        """Log a request, without its query, which may hold a search or a position."""
        now = time.time()
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z",
            **{"client": anonymized(client), "method": method, "path": path[:500], "status": status},
            **{"bytes": size, "ms": round(seconds * 1000, 3)},
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
