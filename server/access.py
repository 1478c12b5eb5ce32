"""Write a line of JSON for every request, in which nobody can be found: no whole address, no words looked for."""

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
def network(address: str) -> str:
    """Return the network that an address is in, large enough to be nobody's: /24, or /48 of IPv6.

    >>> network("192.0.2.77"), network("2001:db8:1:2::3"), network("testclient")
    ('192.0.2.0/24', '2001:db8:1::/48', '')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))


class AccessLog:
    """Lines on a stream, written out together once a second or when there are many."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to the standard output by default."""
        self._stream = stream
        self._lines: list[str] = []
        self._written = time.monotonic()

    def add(self, client: str, method: str, path: str, status: int, size: int, seconds: float, **more: str) -> None:
        """Note a request; the query is left out, as it may hold what somebody looks for, or where they are."""
        now = time.time()
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z",
            **{"client": network(client), "method": method, "path": path[:500], "status": status},
            **{"bytes": size, "ms": round(seconds * 1000, 3)},
            **more,
        }
        self._lines.append(json.dumps(line, ensure_ascii=True))
        if len(self._lines) >= 256 or time.monotonic() - self._written > 1:
            self.flush()

    async def keep_flushing(self) -> None:
        """Write every second, for ever, so that the last line does not wait for the next request."""
        while True:
            await asyncio.sleep(1)
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if self._lines:
            stream = self._stream or sys.stdout
            # A full disk or a closed pipe costs lines of the log, and no answer.
            with contextlib.suppress(OSError, ValueError):
                stream.write("\n".join(self._lines) + "\n")
                stream.flush()
            self._lines.clear()
        self._written = time.monotonic()
