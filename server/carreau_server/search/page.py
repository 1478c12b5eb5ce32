"""Fill search results into the stored search page, for browsers without scripts.

The page marks the places and has all texts: `search.html` of `carreau.site.pages`. Its script writes the same into the
same places, and fetches nothing where results are there already.
"""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote

from babel import Locale
from babel.numbers import format_decimal

from carreau.base.schema.lists import Hit, Hits

_PLACE = re.compile(
    r'(?P<form><form [^>]*\bid="search"[^>]*>)(?P<before>.*?) value=""(?P<between>.*?)'
    r"<!--searched-->.*?<!--/searched-->",
    re.DOTALL,
)
_SENTENCE = re.compile(r'\bdata-([a-z]+)="([^"]*)"')


def is_search_page(page: str) -> bool:
    """Say whether a page has a place for search results."""
    return _PLACE.search(page) is not None


def fill_page(page: str, results: Hits) -> str:
    """Return the page with the query in its field and the results below.

    Texts of the page are HTML; everything else is escaped here.
    """
    return _PLACE.sub(lambda place: _results_html(place, results), page, count=1)


def _results_html(place: re.Match[str], results: Hits) -> str:
    texts = dict(_SENTENCE.findall(place["form"]))
    status = [_count_html(texts, results.matched, results.lang) if results.hits else texts["none"]]
    status += [f"{texts['read']} {html.escape(results.read_as)}."] if results.read_as else []
    status += [texts["partly"]] if results.is_partial else []
    rows = "\n".join(_hit_html(hit, results.lang) for hit in results.hits)
    hits = (
        f'<ol id="hits" class="list-hits">\n{rows}\n</ol>' if rows else '<ol id="hits" class="list-hits" hidden></ol>'
    )
    before = f'{place["form"]}{place["before"]} value="{html.escape(results.q)}"{place["between"]}'
    return f'{before}<p id="status" role="status">{" ".join(status)}</p>\n{hits}'


def _count_html(texts: dict[str, str], number: int, lang: str) -> str:
    """Return "12 results." in the plural form of the language."""
    if "counts" not in texts:  # a page from a bundle of an earlier version
        return f"{texts['found']} {number}."
    locale = Locale.parse(lang)
    forms: dict[str, str] = json.loads(html.unescape(texts["counts"]))
    form = forms.get(locale.plural_form(number), forms["other"])
    return html.escape(f"{form.replace('{number}', format_decimal(number, locale=locale))}.")


def _hit_html(hit: Hit, lang: str) -> str:
    lang_attribute = f' lang="{html.escape(hit.lang)}"' if hit.lang != lang else ""
    # The page is on our origin, whatever the bundle says: two slashes would lead to another host.
    address = html.escape("/" + quote(hit.page.lstrip("/")))
    return f'<li{lang_attribute}><a href="{address}">{hit.title.html}</a><p>{hit.excerpt.html}</p></li>'
