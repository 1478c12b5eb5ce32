"""Compose JSON documents from parts that are stored as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from carreau_server.http.context import GEOJSON


def to_json(value: object) -> bytes:
    """Return a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def with_array(members: Mapping[str, object], name: str, items: Sequence[bytes]) -> bytes:
    """Return an object of some members and an array of items.

    >>> with_array({"matched": 2}, "sites", [b"{}", b"{}"])
    b'{"matched":2,"sites":[{},{}]}'
    """
    return to_json(members)[:-1] + b"," + to_json(name) + b":[" + b",".join(items) + b"]}"


def link(href: str, rel: str, media_type: str, **more: str) -> dict[str, str]:
    """Return a link as OGC API Features has it."""
    return {"href": href, "rel": rel, "type": media_type, **more}


@dataclass(frozen=True)
class FeaturePage:
    """A page of GeoJSON features, as OGC API Features wants it.

    base_url : of the links
    own_url, next_url : of this page and of the next, relative to the origin
    matched : features on all pages
    """

    base_url: str
    own_url: str
    next_url: str | None
    matched: int

    def to_json(self, features: Sequence[bytes], *links: Mapping[str, str]) -> bytes:
        """Return the page with its features; `links` are further ones."""
        every = [link(self.base_url + self.own_url, "self", GEOJSON), *links]
        every += [link(self.base_url + self.next_url, "next", GEOJSON)] if self.next_url else []
        members = {"type": "FeatureCollection", "links": every, "numberMatched": self.matched}
        return with_array({**members, "numberReturned": len(features)}, "features", features)
