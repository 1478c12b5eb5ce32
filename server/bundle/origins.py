"""Absolute URLs of a bundle that is served at another origin than it was published for."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote


def moved_from(origin: str) -> Callable[[bytes, str], bytes]:
    """Return what replaces an origin in a text, also where it is percent-encoded within another URL.

    >>> moved_from("http://a.example")(b"http://a.example/ http://a.example.org/ ?url=http%3A%2F%2Fa.example", "https://b")
    b'https://b/ http://a.example.org/ ?url=https%3A%2F%2Fb'
    """
    encoded = quote(origin, safe="")
    # Not where a host or a port goes on.
    plain = rb"(?P<plain>" + re.escape(origin.encode()) + rb")(?![\w-]|[.:]\w)"
    pattern = re.compile(plain + rb"|" + re.escape(encoded.encode()) + rb"(?![\w-]|\.\w|%3A\d)")

    def replaced(content: bytes, other: str) -> bytes:
        texts = other.encode(), quote(other, safe="").encode()
        return pattern.sub(lambda match: texts[0] if match["plain"] else texts[1], content)

    return replaced
