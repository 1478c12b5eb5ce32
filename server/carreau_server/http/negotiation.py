"""Content negotiation: language, content coding and media type, by the Accept headers (RFC 9110, 12)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

MAX_HEADER_CHARS = 1000
"""Of a header that is read; no browser sends longer ones, and they would fill the caches here."""
_MAX_PARTS = 32
CODINGS = ("br", "gzip")
"""Content codings that responses come in, best first."""


@lru_cache(maxsize=1024)
def parse_weights(header: str) -> tuple[tuple[str, float], ...]:
    """Return the accepted values of a header with their weights, highest first, else in its order (RFC 9110, 12.4.2).

    >>> parse_weights("fr;q=0.5, en-GB, *;q=0")
    (('en-gb', 1.0), ('fr', 0.5), ('*', 0.0))
    """
    ranges = []
    for part in header.lower().split(",")[:_MAX_PARTS]:
        name, *parameters = (each.strip() for each in part.split(";"))
        weights = [each.partition("=")[2] for each in parameters if each.partition("=")[0].strip() == "q"]
        others = [each.replace(" ", "") for each in parameters if each.partition("=")[0].strip() != "q"]
        if name:
            ranges.append((";".join((name, *others)), _weight(weights[0]) if weights else 1.0))
    return tuple(sorted(ranges, key=lambda item: -item[1]))


def _weight(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0


@lru_cache(maxsize=1024)
def select_language(header: str, available: tuple[str, ...]) -> str:
    """Return the best available language (lookup of RFC 4647, 3.4); the first that is not excluded where none fits.

    >>> select_language("fr-BE, en;q=0.5", ("de", "en", "fr")), select_language("it, *", ("fr", "en"))
    ('fr', 'fr')
    >>> select_language("fr;q=0", ("fr", "en"))
    'en'
    """
    accepted, excluded = language_preferences(header, available)
    return next((each for each in (*accepted, *available) if each not in excluded), available[0])


@lru_cache(maxsize=1024)
def language_preferences(header: str, available: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the available languages that a header accepts by name, best first, and those that it excludes.

    >>> language_preferences("fr-BE, it, en;q=0.5, nl;q=0", ("de", "en", "fr", "nl"))
    (('fr', 'en'), ('nl',))
    """
    matches = [(lookup_language(name, available), weight) for name, weight in parse_weights(header)]
    accepted = dict.fromkeys(lang for lang, weight in matches if lang and weight > 0)
    excluded = dict.fromkeys(lang for lang, weight in matches if lang and not weight)
    return tuple(accepted), tuple(lang for lang in excluded if lang not in accepted)


def lookup_language(language_range: str, available: Sequence[str]) -> str:
    """Return the available language for a range, its subtags cut off from the end; empty when there is none.

    >>> lookup_language("de-CH-1996", ("fr", "de")), lookup_language("zh-x-private", ("zh",))
    ('de', 'zh')
    >>> lookup_language("*", ("fr",))
    ''
    """
    subtags = language_range.lower().replace("_", "-").split("-")
    by_tag = {each.lower(): each for each in available}
    while subtags:
        if "-".join(subtags) in by_tag:
            return by_tag["-".join(subtags)]
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return ""


@lru_cache(maxsize=1024)
def select_coding(header: str, available: tuple[str, ...] = CODINGS) -> str:
    """Return the best available content coding, empty for identity (RFC 9110, 12.5.3).

    Of codings with the same weight the first available one is chosen, and any of them rather than identity.

    >>> select_coding("gzip, br"), select_coding("gzip, br;q=0.5"), select_coding("*"), select_coding("br;q=0")
    ('br', 'gzip', 'br', '')
    >>> select_coding("br;q=0.5, identity"), select_coding("gzip, br", ("gzip",))
    ('', 'gzip')
    """
    weights = dict(parse_weights(header))
    best, best_weight = "", weights.get("identity", 0.0)
    for coding in reversed(available):
        weight = weights.get(coding, weights.get("*", 0.0))
        if weight > 0 and weight >= best_weight:
            best, best_weight = coding, weight
    return best


@lru_cache(maxsize=1024)
def select_media_type(header: str, available: tuple[str, ...]) -> str:
    """Return the best of the available media types, the best one first; empty when none is accepted (12.5.1).

    >>> select_media_type("text/html, */*;q=0.1", ("application/json", "application/geo+json"))
    'application/json'
    >>> select_media_type("application/json; charset=utf-8", ("application/json",))
    'application/json'
    """
    ranges = parse_weights(header or "*/*")
    weights = {each: _media_type_weight(each, ranges) for each in available}
    best = max(available, key=lambda each: weights[each])
    return best if weights[best] > 0 else ""


def _media_type_weight(offered: str, ranges: tuple[tuple[str, float], ...]) -> float:
    """Return the weight of the most specific range that a media type is in; `charset` does not restrict it."""
    kind, *parameters = (each.strip() for each in offered.lower().split(";"))
    specificity, best = -1, 0.0
    for media_range, weight in ranges:
        name, *required = media_range.split(";")
        required = [each for each in required if not each.startswith("charset=")]
        level = {kind: 2, f"{kind.partition('/')[0]}/*": 1, "*/*": 0}.get(name)
        if level is not None and set(required) <= set(parameters) and level + len(required) > specificity:
            specificity, best = level + len(required), weight
    return best
