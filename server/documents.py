"""Put documents together from parts that lie ready as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GEOJSON = "application/geo+json"


def dumped(value: object) -> bytes:
    """Return a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def joined(head: Mapping[str, object], name: str, parts: Sequence[bytes]) -> bytes:
    """Return an object of some members, and one more that is an array of parts.

    >>> joined({"matched": 2}, "sites", [b"{}", b"{}"])
    b'{"matched":2,"sites":[{},{}]}'
    """
    return dumped(head)[:-1] + b"," + dumped(name) + b":[" + b",".join(parts) + b"]}"


def link(href: str, rel: str, media_type: str, **more: str) -> dict[str, str]:
    """Return a link as OGC API Features has it."""
    return {"href": href, "rel": rel, "type": media_type, **more}


@dataclass(frozen=True)
class Collection:
    """A page of GeoJSON features, as OGC API Features wants it.

    base_url : of the links
    own, more : addresses of this page and of the next
    matched : features on all pages
    """

    base_url: str
    own: str
    more: str | None
    matched: int

    def of(self, features: Sequence[bytes], *others: Mapping[str, str]) -> bytes:
        """Return the page of some features; `others` are further links."""
        links = [link(self.base_url + self.own, "self", GEOJSON), *others]
        links += [link(self.base_url + self.more, "next", GEOJSON)] if self.more else []
        head = {"type": "FeatureCollection", "links": links, "numberMatched": self.matched}
        return joined({**head, "numberReturned": len(features)}, "features", features)
