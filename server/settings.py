"""Say what an app is made for, and how much it lets one visitor ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What an app is made for.

    bundle : folder that `carreau build` publishes into
    base_url : origin that absolute addresses begin with; empty for that of the bundle
    frame_ancestors : who may frame `/embed/…`, as in a Content-Security-Policy; our content is public and has no
        cookies, so that by default everybody may
    check_s : seconds between looks for a new bundle
    kept_bytes : most bytes of answers kept in memory, ready to send
    query_chars : longest query string that is read
    requests_per_s : that one address may make in the long run; 0 for any number, as behind a proxy that counts
    burst : that it may make at once
    trusted_proxies : peers whose X-Forwarded-For is believed; a socket of the file system has the empty name
    log_requests : whether every request is a line of JSON on the standard output
    """

    bundle: Path
    base_url: str = ""
    frame_ancestors: tuple[str, ...] = ("*",)
    check_s: float = 1.0
    kept_bytes: int = 24_000_000
    query_chars: int = 2000
    requests_per_s: float = 0.0
    burst: int = 100
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1", "")
    log_requests: bool = False
