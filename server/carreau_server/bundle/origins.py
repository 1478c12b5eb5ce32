"""Absolute URLs of a bundle that is served at another origin than it was published for."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote


def moved(origin: str, other: str) -> Callable[[bytes], bytes]:
    """Return what replaces an origin by another in a text, also where it is percent-encoded within another URL.

    >>> moved("http://a.example", "https://b")(b"http://a.example/ http://a.example.org/ ?url=http%3A%2F%2Fa.example")
    b'https://b/ http://a.example.org/ ?url=https%3A%2F%2Fb'
    >>> moved("http://a", "http://a/b")(b"http://a/fr/ http://a/b/fr/")
    b'http://a/b/fr/ http://a/b/fr/'
    """
    plain, encoded = (_pattern(origin, other), _pattern(quote(origin, safe=""), quote(other, safe="")))
    texts = other.encode(), quote(other, safe="").encode()
    either = re.compile(b"(?P<plain>" + plain + b")|" + encoded)

    def replaced(content: bytes) -> bytes:
        return either.sub(lambda match: texts[0] if match["plain"] else texts[1], content)

    return replaced


def _pattern(origin: str, other: str) -> bytes:
    """Return an expression for an origin, but not where its host or port goes on, and not in the other one."""
    rest = re.escape(other.removeprefix(origin)) if other.startswith(origin) and other != origin else ""
    return (re.escape(origin) + r"(?![\w-]|[.:]\w|%3A\d)" + (f"(?!{rest})" if rest else "")).encode()
