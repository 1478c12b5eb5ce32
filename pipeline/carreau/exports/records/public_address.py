"""Whether an address can be reached from elsewhere, as whoever pastes it into another page expects."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.exports.records.urls import EXAMPLE

LOCAL = "http://127.0.0.1:8000"
"""Where `carreau serve` listens, and therefore what `--local` stands for."""

_PRIVATE_ENDINGS = ("corp", "home", "home.arpa", "internal", "intranet", "invalid", "lan", "local", "localhost", "test")
"""Names that no public DNS answers: RFC 2606, 6761, 6762, 8375, ICANN's `internal`, and what routers and offices use.
`.example` is not among them: it is what documentation says, and the pages with plates warn of it."""
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")


def is_public(url: str) -> bool:
    """Return whether the host of a URL may have an address on the internet; nothing is looked up.

    >>> is_public("https://carreau.example"), is_public("https://musée.fr"), is_public("http://[2a01:e0a::1]:8000")
    (True, True, True)
    >>> is_public("http://127.0.0.1:8000"), is_public("http://LocalHost."), is_public("http://nas.local")
    (False, False, False)
    >>> is_public("http://intranet"), is_public("http://192.168.1.2"), is_public("http://127.1"), is_public("mine")
    (False, False, False, False)
    """
    host = _host(url)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return address.is_global and not address.is_multicast
    labels = _ascii(host).split(".")
    # Browsers read a last label of digits, and of 0x and digits, as part of an IPv4 address ("127.1").
    is_number = re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]) is not None
    if len(labels) < 2 or is_number or not all(map(_LABEL.fullmatch, labels)):
        return False
    return not any(host == ending or host.endswith(f".{ending}") for ending in _PRIVATE_ENDINGS)


def published_address(base_url: str, is_local: bool) -> str:
    """Return the address to publish under, without a slash at its end.

    base_url : that was given; empty for none
    is_local : whether the pages are only for this machine, or for the network of the house

    Raises OptionError if it is missing, is not the address of a server, or cannot be reached from elsewhere.
    """
    if not base_url:
        if is_local:
            return LOCAL
        raise OptionError(
            message(
                "--base-url is missing, the public address of your server: pages, QR plates and embed codes carry it; "
                "give it as %(example)s, or --local to try the pages on this machine only",
                example=EXAMPLE,
            )
        )
    if not _is_server(base_url):
        raise OptionError(
            message(
                "--base-url %(url)s is not the address of a server; give scheme and name only, such as %(example)s",
                url=base_url,
                example=EXAMPLE,
            )
        )
    if not is_local and not is_public(base_url):
        raise OptionError(
            message(
                "--base-url %(url)s cannot be reached from elsewhere, but pages, QR plates and embed codes would "
                "carry it; give the public address, such as %(example)s, or add --local to try the pages on this "
                "machine only",
                url=base_url,
                example=EXAMPLE,
            )
        )
    return base_url.rstrip("/")


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    is_clean = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    has_no_space = not re.search(r"[\s\"'<>\\]", url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and is_clean and has_no_space


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").partition("%")[0]
    except ValueError:
        return ""


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
