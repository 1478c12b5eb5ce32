"""Write what was found into the prepared page that is searched from, for browsers without scripts.

The page itself says that it is one, where everything belongs, and all sentences: `search.html` of `pipeline/pages`. Its
script writes the same into the same places, and asks for nothing where something stands there already.
"""

from __future__ import annotations

import html
import re
from urllib.parse import quote

from pipeline.manifest.lists import Hit, Hits

_PLACE = re.compile(
    r'(?P<form><form [^>]*\bid="search"[^>]*>)(?P<before>.*?) value=""(?P<between>.*?)'
    r"<!--searched-->.*?<!--/searched-->",
    re.DOTALL,
)
_SENTENCE = re.compile(r'\bdata-([a-z]+)="([^"]*)"')


def is_searched_from(page: str) -> bool:
    """Say whether a page has a place for what was found."""
    return _PLACE.search(page) is not None


def filled(page: str, found: Hits) -> str:
    """Return the page with the words that were looked for in its field, and below it what has them.

    Sentences stand in the page as they are in HTML; all that comes from elsewhere is escaped here.
    """
    return _PLACE.sub(lambda place: _written(place, found), page, count=1)


def _written(place: re.Match[str], found: Hits) -> str:
    said = dict(_SENTENCE.findall(place["form"]))
    words = [f"{said['found']} {found.matched}." if found.hits else said["none"]]
    words += [f"{said['read']} {html.escape(found.read_as)}."] if found.read_as else []
    words += [said["partly"]] if found.is_partial else []
    rows = "\n".join(_row(hit, found.lang) for hit in found.hits)
    hits = f'<ol id="hits" class="hits">\n{rows}\n</ol>' if rows else '<ol id="hits" class="hits" hidden></ol>'
    before = f'{place["form"]}{place["before"]} value="{html.escape(found.q)}"{place["between"]}'
    return f'{before}<p id="status" role="status">{" ".join(words)}</p>\n{hits}'


def _row(hit: Hit, lang: str) -> str:
    spoken = f' lang="{html.escape(hit.lang)}"' if hit.lang != lang else ""
    # The page is an address of ours, whatever the bundle says: two strokes would lead to another host.
    address = html.escape("/" + quote(hit.page.lstrip("/")))
    return f'<li{spoken}><a href="{address}">{hit.title.html}</a><p>{hit.excerpt.html}</p></li>'
