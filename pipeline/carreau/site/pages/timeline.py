"""The timeline of the basin: every dated event of its places, and where one of them stands among them.

Nothing on it is added: events are those of the catalogue, and a few of the whole basin with their source. An event that
lasted, or is known to a span only, stands at its first year.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from carreau.base.schema.parts import Text
from carreau.base.schema.site import Dated, Site
from carreau.site.pages.page_texts import PageTexts

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_PIT = "fosse"
_MARGIN, _FOOT, _ROW = 10.0, 26.0, 26.0
"""Pixels beside the years, of the line of centuries, and of a row of numbers."""


@dataclass(frozen=True)
class Moment:
    """An event in words.

    label : what happened; a text of the catalogue, or of the interface
    place : whose page tells more; None for the whole basin
    source : in French, of what no page of a place tells
    is_own : whether it belongs to the place that stands out
    number : of it on the drawing, from 1
    """

    year: int
    when: str
    label: Text | str
    place: Site | None = None
    source: str = ""
    is_own: bool = False
    number: int = 0


@dataclass(frozen=True)
class Dot:
    """An event as a dot: its middle, in pixels, and the theme of its place."""

    x: float
    y: float
    theme: str
    is_own: bool


@dataclass(frozen=True)
class Drawing:
    """The timeline in pixels.

    axis : height of the line
    centuries : x and year
    numbers : x, y and number of each moment
    span : x of begin and end of the period of the place that stands out; None without one
    """

    width: int
    height: int
    axis: float
    radius: float
    dots: tuple[Dot, ...]
    centuries: tuple[tuple[float, int], ...]
    numbers: tuple[tuple[float, float, Moment], ...]
    span: tuple[float, float] | None


@dataclass(frozen=True)
class Timeline:
    """The timeline for wide and for narrow screens, and its moments in words, oldest first."""

    wide: Drawing
    tall: Drawing
    moments: tuple[Moment, ...]
    first: int
    last: int
    events: int


def timeline(sites: Iterable[Site], texts: PageTexts, own: str = "") -> Timeline | None:
    """Return the timeline of the places of the territory; None without a dated event, or where `own` has none.

    sites : in the language of the texts
    own : slug of the place that stands out; empty for the basin, whose pits that opened are listed
    """
    places = [site for site in sites if not site.is_apart]
    events = _events(places)
    mine = next((site for site in places if site.slug == own), None)
    if not events or (own and (mine is None or not (mine.dates or mine.period))):
        return None
    unnumbered = [*_basin(texts), *(_own(mine) if mine else _pits(events))]
    moments = tuple(
        replace(moment, number=number)
        for number, moment in enumerate(sorted(unnumbered, key=lambda each: (each.year, each.when)), start=1)
    )
    years = [year for year, *_ in events] + [moment.year for moment in moments]
    first, last = min(years) // 20 * 20, -(-max(years) // 10) * 10
    dots = [(year, theme, slug == own) for year, theme, slug in dated(places)]
    wide, tall = (_drawn(dots, moments, mine, (first, last), *size) for size in ((1200, 5, 18.0), (360, 10, 30.0)))
    return Timeline(wide, tall, moments, min(years), max(years), len(events))


def dated(sites: Iterable[Site]) -> list[tuple[int, str, str]]:
    """Return year, theme and slug of each event, which is all that the timeline of a place shows of others."""
    return [(year, site.theme.code, site.slug) for year, _, site in _events(sites)]


def _events(sites: Iterable[Site]) -> list[tuple[int, Dated, Site]]:
    places = (site for site in sites if not site.is_apart)
    return [(year, each, site) for site in places for each in site.dates if (year := first_year(each.when.edtf))]


def first_year(edtf: str) -> int:
    """Return the first year of a date, 0 without one.

    >>> first_year("1914/1945"), first_year("../1862"), first_year("")
    (1914, 1862, 0)
    """
    found = _YEAR.search(edtf)
    return int(found[0]) if found else 0


def _basin(texts: PageTexts) -> list[Moment]:
    """Return what concerns the whole basin; each date was read at its source."""
    of_basin = (
        (
            1720,
            texts.gettext("The first coal of the basin is found, at Fresnes-sur-Escaut"),
            "Département du Nord, « Il y a 300 ans, la première veine de charbon du Bassin minier découverte dans le "
            "Nord », info.lenord.fr",
        ),
        (
            1990,
            texts.gettext("Mining ends in the basin, at Oignies"),
            "« 21 décembre 1990, la fin du charbon en Nord-Pas de Calais », mineurdefond.fr",
        ),
        (
            2012,
            texts.gettext("The Nord-Pas de Calais Mining Basin joins the World Heritage List"),
            "UNESCO, whc.unesco.org/fr/decisions/4800",
        ),
    )
    return [Moment(year, str(year), label, source=source) for year, label, source in of_basin]


def _pits(events: Sequence[tuple[int, Dated, Site]]) -> list[Moment]:
    """Return when pits that are places themselves opened, and when the last of them closed."""
    pits = [each for each in events if each[2].kind.code == _PIT and each[1].of is None]
    opened = {site.slug: (year, each, site) for year, each, site in reversed(pits) if each.event.code == "opened"}
    closed = sorted((each for each in pits if each[1].event.code == "closed"), key=lambda each: each[0])[-1:]
    return [_moment(*each) for each in (*opened.values(), *closed)]


def _own(site: Site) -> list[Moment]:
    dated = [(year, each) for each in site.dates if (year := first_year(each.when.edtf))]
    return [_moment(year, each, site, is_own=True) for year, each in dated]


def _moment(year: int, event: Dated, site: Site, is_own: bool = False) -> Moment:
    return Moment(year, event.when.text, event.label or event.event.text, site, is_own=is_own)


def _drawn(
    events: Sequence[tuple[int, str, bool]],
    moments: Sequence[Moment],
    mine: Site | None,
    years: tuple[int, int],
    width: int,
    column: int,
    gap: float,
) -> Drawing:
    """Return a drawing; events of the same `column` of years are stacked, numbers are at least `gap` apart."""
    first, last = years
    scale = (width - 2 * _MARGIN) / (last - first)
    size = column * scale

    def at(year: float) -> float:
        return round(_MARGIN + (year - first) * scale, 1)

    stacks = Counter(year // column for year, *_ in events)
    axis = round(max(stacks.values()) * size + _MARGIN, 1)
    filled = Counter[int]()
    dots = []
    for year, theme, is_own in sorted(events, key=lambda each: (not each[2], each[0])):
        place = year // column
        dots.append(Dot(at((place + 0.5) * column), round(axis - (filled[place] + 0.5) * size, 1), theme, is_own))
        filled[place] += 1
    numbers, ends = [], list[float]()
    for moment in moments:
        x = min(max(at(moment.year), gap / 2), width - gap / 2)
        row = next((row for row, end in enumerate(ends) if x - end >= gap), len(ends))
        ends[row : row + 1] = [x]
        numbers.append((x, axis + _FOOT + (row + 0.5) * _ROW, moment))
    height = round(axis + _FOOT + max(1, len(ends)) * _ROW)
    centuries = tuple((at(year), year) for year in range(-(-first // 50) * 50, last, 50))
    return Drawing(width, height, axis, round(size * 0.42, 1), tuple(dots), centuries, tuple(numbers), _span(mine, at))


def _span(mine: Site | None, at: Callable[[float], float]) -> tuple[float, float] | None:
    """Return begin and end of a period with both; one that is open has no end to draw."""
    years = [int(year) for year in _YEAR.findall(mine.period.edtf)] if mine and mine.period else []
    return (at(years[0]), at(years[-1] + 1)) if len(years) == 2 else None
