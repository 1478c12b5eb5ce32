"""Choose among what there is by what a header accepts: languages, codings and media types."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

MOST_CHARS = 1000
"""Of a header that is read; longer ones are nobody's browser, and would be kept here by the thousand."""
_MOST_PARTS = 32


@lru_cache(maxsize=1024)
def weighted(header: str) -> tuple[tuple[str, float], ...]:
    """Return what a header accepts with its weight, heaviest first and else in its order (RFC 9110, 12.4.2).

    >>> weighted("fr;q=0.5, en-GB, *;q=0")
    (('en-gb', 1.0), ('fr', 0.5), ('*', 0.0))
    """
    found = []
    for part in header.lower().split(",")[:_MOST_PARTS]:
        name, *parameters = (each.strip() for each in part.split(";"))
        weights = [each.partition("=")[2] for each in parameters if each.partition("=")[0].strip() == "q"]
        others = [each.replace(" ", "") for each in parameters if each.partition("=")[0].strip() != "q"]
        if name:
            found.append((";".join((name, *others)), _weight(weights[0]) if weights else 1.0))
    return tuple(sorted(found, key=lambda each: -each[1]))


def _weight(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0


@lru_cache(maxsize=1024)
def language(accepted: str, there: tuple[str, ...]) -> str:
    """Return the language to answer in, by the lookup of RFC 4647 (3.4); the first that there is where none fits.

    >>> language("fr-BE, en;q=0.5", ("de", "en", "fr")), language("it, *", ("fr", "en"))
    ('fr', 'fr')
    """
    return next(iter(languages(accepted, there)), there[0])


@lru_cache(maxsize=1024)
def languages(accepted: str, there: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of the languages that there are a header likes, best first; whatever it says is one of a few.

    >>> languages("fr-BE, it, en;q=0.5, en-GB;q=0.1", ("de", "en", "fr"))
    ('fr', 'en')
    """
    found = (lookup(wanted, there) for wanted, weight in weighted(accepted) if weight > 0)
    return tuple(dict.fromkeys(each for each in found if each))


def lookup(wanted: str, there: Sequence[str]) -> str:
    """Return the language of some that a range means, its subtags cut off from the end; empty when there is none.

    >>> lookup("de-CH-1996", ("fr", "de")), lookup("zh-x-private", ("zh",)), lookup("*", ("fr",))
    ('de', 'zh', '')
    """
    subtags = wanted.lower().replace("_", "-").split("-")
    known = {each.lower(): each for each in there}
    while subtags:
        if "-".join(subtags) in known:
            return known["-".join(subtags)]
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return ""


@lru_cache(maxsize=1024)
def takes_brotli(accepted: str) -> bool:
    """Say whether an Accept-Encoding header likes Brotli at least as well as plain bytes (RFC 9110, 12.5.3).

    >>> takes_brotli("gzip, br"), takes_brotli("*"), takes_brotli("br;q=0"), takes_brotli("br;q=0.5, identity")
    (True, True, False, False)
    """
    weights = dict(weighted(accepted))
    brotli = weights.get("br", weights.get("*", 0.0))
    return brotli > 0 and brotli >= weights.get("identity", 0.0)


@lru_cache(maxsize=1024)
def media_type(accepted: str, there: tuple[str, ...]) -> str:
    """Return which of some media types, best first, a header likes best; empty when it accepts none (RFC 9110, 12.5.1).

    >>> media_type("text/html, */*;q=0.1", ("application/json", "application/geo+json"))
    'application/json'
    >>> media_type("application/geo+json", ("application/json", "application/geo+json"))
    'application/geo+json'
    """
    ranges = weighted(accepted or "*/*")
    liked = {each: _liking(each, ranges) for each in there}
    best = max(there, key=lambda each: liked[each])
    return best if liked[best] > 0 else ""


def _liking(offered: str, ranges: tuple[tuple[str, float], ...]) -> float:
    """Return the weight of the narrowest range that a media type is in."""
    kind, *parameters = (each.strip() for each in offered.lower().split(";"))
    narrowest, found = -1, 0.0
    for wanted, weight in ranges:
        name, *asked = wanted.split(";")
        width = {kind: 2, f"{kind.partition('/')[0]}/*": 1, "*/*": 0}.get(name, -1) + len(asked)
        if name in (kind, f"{kind.partition('/')[0]}/*", "*/*") and set(asked) <= set(parameters) and width > narrowest:
            narrowest, found = width, weight
    return found
