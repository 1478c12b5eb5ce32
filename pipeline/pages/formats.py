"""Name the other formats that a site or route can be had in."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.exports.formats import FORMATS
from pipeline.pages.links import safe

_NAMES = {"json": "JSON"}
for _format in reversed(FORMATS):
    _NAMES |= {_format.ending.partition(".")[0]: _format.label, _format.name: _format.label}


def formats(links: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return name and address of each format; one that has no name of its own here is called as it is there.

    >>> formats({"iiif": "/iiif/a/manifest.json", "new": "/v1/a", "bad": "javascript:1"})
    [('IIIF 4', '/iiif/a/manifest.json'), ('new', '/v1/a')]
    """
    return [(_NAMES.get(name, name), address) for name, address in links.items() if safe(address)]
