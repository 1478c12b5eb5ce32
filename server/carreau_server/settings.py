"""Settings of the app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Settings of the app.

    bundle : folder that `carreau build` publishes into
    base_url : origin of absolute URLs; empty for that of the bundle
    frame_ancestors : who may frame `/embed/…`, as in a Content-Security-Policy; our content is public and has no
        cookies, so everybody may by default
    check_s : seconds between checks for a new release
    cache_bytes : size of the response cache in memory
    query_chars : longest query string
    requests_per_s : rate limit per client address; 0 for none, as behind a proxy that limits
    burst : requests that a client may send at once under the rate limit
    trusted_proxies : addresses and networks of peers whose X-Forwarded-For is trusted; a Unix socket has the empty name
    access_log : whether every request is logged as a line of JSON on the standard output
    """

    bundle: Path
    base_url: str = ""
    frame_ancestors: tuple[str, ...] = ("*",)
    check_s: float = 1.0
    cache_bytes: int = 24_000_000
    query_chars: int = 2000
    requests_per_s: float = 0.0
    burst: int = 100
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1", "")
    access_log: bool = False
