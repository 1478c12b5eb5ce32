"""Settings of the app, and the proxies whose X-Forwarded-For is believed, by the app and by nginx before it.

`python -m carreau_server.settings LIST` prints what nginx includes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
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


NONE = "none"
"""The setting where clients connect without a proxy."""
_UNSET = (
    "TRUSTED_PROXIES is not set. In this container nginx speaks HTTP, behind a proxy that ends TLS: without the "
    "address of that proxy all visitors would be one client, with one rate limit. Set it to the addresses or networks "
    f"of the proxy, separated by commas, such as TRUSTED_PROXIES=10.0.0.0/8; or to {NONE!r} where visitors connect "
    "directly"
)


class TrustedProxies:
    """Addresses and networks of proxies; an empty one is that of peers on a Unix socket."""

    def __init__(self, proxies: Iterable[str]) -> None:
        """Take addresses and networks as `parse_proxies` returns them."""
        self._names = frozenset(proxies)
        self._networks = tuple(ip_network(each) for each in self._names if each)
        self._is_within = lru_cache(maxsize=1024)(self._compare)

    def __contains__(self, peer: object) -> bool:
        """Say whether a peer is one of them."""
        return peer in self._names or (isinstance(peer, str) and self._is_within(peer))

    def _compare(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def parse_proxies(text: str) -> tuple[str, ...]:
    """Return the addresses and networks of a setting, separated by commas; raises ValueError with what is wrong.

    >>> parse_proxies("10.0.0.0/8, 192.0.2.7"), parse_proxies("none")
    (('10.0.0.0/8', '192.0.2.7/32'), ())
    """
    words = text.replace(",", " ").split()
    return () if words == [NONE] else tuple(str(_network(word)) for word in words)


def _network(word: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(word)
    except ValueError as error:
        raise ValueError(f"{word!r} is no address and no network ({error}); write 192.0.2.7 or 10.0.0.0/8") from error
    if network.prefixlen == 0:
        raise ValueError(f"{word!r} is every address, so that each client could name its own")
    return network


def nginx_directives(proxies: Sequence[str]) -> str:
    """Return what nginx includes, so that its client's address is the visitor's."""
    if not proxies:
        return ""
    lines = [f"set_real_ip_from {each};" for each in proxies]
    return "\n".join([*lines, "real_ip_header X-Forwarded-For;", "real_ip_recursive on;", ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the directives of nginx for a setting; return 2 where it is empty or wrong."""
    text = " ".join(sys.argv[1:] if arguments is None else arguments)
    try:
        if not text.strip():
            raise ValueError(_UNSET)
        sys.stdout.write(nginx_directives(parse_proxies(text)))
    except ValueError as error:
        print(f"TRUSTED_PROXIES: {error}" if text.strip() else error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
