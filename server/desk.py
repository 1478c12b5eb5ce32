"""Read what a request asks, find what is kept for it, and note what was answered."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import count
from urllib.parse import parse_qsl

from server.access import AccessLog
from server.asked import HEADERS, Asked
from server.bundle import Bundle
from server.counters import Counters
from server.current import Current
from server.kept import Key, Whole
from server.limits import Buckets
from server.negotiation import MOST_CHARS, languages
from server.security import Guards
from server.settings import Settings

_LANG = re.compile(rb"(?:^|&)lang=([A-Za-z0-9_-]{1,35})(?:&|$)")
_TAG = re.compile(r"[A-Za-z0-9_-]{1,35}")
# Whose answers depend on more than a key holds, or on who asks.
_NEVER_KEPT = frozenset((b"range", b"save-data", b"content-length", b"transfer-encoding", b"expect"))
_NEGOTIATED = frozenset((b"accept", b"accept-language", b"accept-encoding"))
Headers = Iterable[tuple[bytes, bytes]]


class Desk:
    """What all requests to one app pass."""

    def __init__(self, settings: Settings, current: Current) -> None:
        """Open it for a bundle."""
        self.settings, self.current = settings, current
        self.counters, self.log = Counters(), AccessLog()
        self._guards: tuple[Bundle, Guards] | None = None
        self.buckets = Buckets(settings.requests_per_s, settings.burst)
        self._numbers, self._process = count(1), os.urandom(4).hex()

    def guards(self, bundle: Bundle) -> Guards:
        """Return the headers that guard the answers of a release."""
        if self._guards is None or self._guards[0] is not bundle:
            made = Guards(self.settings, bundle.base_url.startswith("https:"), bundle.styles)
            self._guards = bundle, made
        return self._guards[1]

    def asked(self, is_head: bool, headers: Headers, query: bytes) -> Asked:
        """Return what is known of a request."""
        accepts: dict[bytes, str] = {}
        for name, value in headers:
            if name in HEADERS:
                text = (value[:MOST_CHARS] if name in _NEGOTIATED else value).decode("latin-1")
                accepts[name] = f"{accepts[name]}, {text}" if name in accepts else text
        wanted = accepts.get(b"x-request-id", "")
        is_name = 0 < len(wanted) <= 64 and wanted.isascii() and wanted.replace("-", "").replace("_", "").isalnum()
        number = wanted if is_name else f"{self._process}-{next(self._numbers)}"
        return Asked(self.current.bundle, number, is_head, accepts, self._lang(query) if query else "")

    def _lang(self, query: bytes) -> str:
        """Return the language that a query names; only one with something encoded is taken apart, which takes long."""
        if found := _LANG.search(query):
            return found[1].decode()
        if not (b"%" in query or b"+" in query) or len(query) > self.settings.query_chars:
            return ""
        said = next((value for name, value in parse_qsl(query.decode("latin-1")) if name == "lang"), "")
        return said if _TAG.fullmatch(said) else ""

    def key(self, path: bytes, query: bytes, asked: Asked) -> Key | None:
        """Return what tells a question from others that have another answer; None for what is never kept."""
        accepts = asked.accepts
        if not _NEVER_KEPT.isdisjoint(accepts) or self.settings.requests_per_s:
            return None
        spoken = languages(accepts.get(b"accept-language", ""), asked.bundle.languages)
        return path, query, accepts.get(b"accept", ""), spoken, asked.takes_brotli

    def kept(self, key: Key, asked: Asked) -> Whole | None:
        """Return the answer that is kept for a question."""
        found = asked.bundle.kept.get(key)
        if found is not None:
            asked.route = found.route
        return found

    def note(self, asked: Asked, client: str, method: str, path: str, status: int, size: int, seconds: float) -> None:
        """Count an answer, and write its line."""
        self.counters.add(asked.route, status, size, seconds)
        if self.settings.log_requests:
            more = {"id": asked.id, "route": asked.route, "release": asked.bundle.head.release}
            self.log.add(self.client(client, asked), method, path, status, size, seconds, **more)

    def client(self, peer: str, asked: Asked) -> str:
        """Return who asks: the one that a trusted proxy names, or whoever is connected."""
        trusted = self.settings.trusted_proxies
        forwarded = asked.header(b"x-forwarded-for") if peer in trusted else ""
        for each in reversed(forwarded.split(",") if forwarded else ()):
            peer = each.strip()
            if peer not in trusted:
                break
        return peer
