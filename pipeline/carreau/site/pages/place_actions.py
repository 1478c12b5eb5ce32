"""What a visitor can do at a place: go, compare then and now, augmented reality; printable plates that lead there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, urlsplit

import segno
from markupsafe import Markup

from carreau.base.languages import OWN_NAMES
from carreau.base.levels import AR_FILES
from carreau.base.schema.itineraries import Route, Trail, Where
from carreau.base.schema.parts import Place, Text
from carreau.base.schema.site import Site, State, Tour, Visit
from carreau.exports.urls import EXAMPLE, is_public
from carreau.site.pages.addresses import PLATES
from carreau.site.pages.cards import (
    Head,
    SharePicture,
    invitation,
    more,
    route_invitation,
    share_picture,
    trail_invitation,
)
from carreau.site.pages.page_texts import PageTexts, plain
from carreau.site.pages.rendering import Renderer, draw_emblem, emblem
from carreau.site.pages.site_content import SiteContent

_IN_BRACKETS = re.compile(r"\s*\([^)]*\)$")


@dataclass(frozen=True)
class Action:
    """A link of the first screen.

    detail : a second, small line
    href : where it leads without a script, in the page
    does : what it asks the viewer for, as "compare", "ar" or "tour"; empty for a plain link
    state : id of the state it is about; empty for the first
    is_main : whether it is the one that stands out
    """

    label: str
    detail: str
    href: str
    does: str = ""
    state: str = ""
    is_main: bool = False


def place_actions(site: Site, first: State | None, go_to: str, texts: PageTexts) -> list[Action]:
    """Return the actions that a place offers.

    first : the state on the stage
    go_to : anchor of the ways to it; empty where nobody can go
    """
    actions = []
    if go_to:
        actions.append(Action(texts.gettext("Go there"), texts.gettext("on foot, by bicycle"), go_to))
    actions += viewer_actions(site, first, texts)
    listen = _listen_action(site, first, texts)
    if listen:
        actions.append(listen)
    if not actions and site.description:
        actions.append(Action(texts.gettext("Read its story"), "", "#story"))
    return [Action(**{**vars(each), "is_main": number == 0}) for number, each in enumerate(actions)]


def viewer_actions(site: Site, first: State | None, texts: PageTexts) -> list[Action]:
    """Return what the viewer can do: compare two states, and augmented reality."""
    actions = []
    shown = sorted((state for state in site.states if state.levels), key=sort_key)
    if first and first.levels and len(shown) > 1:
        dates = f"{name_date(shown[0])} · {name_date(shown[-1])}"
        actions.append(Action(texts.gettext("Then and now"), dates, "#states", "compare", first.id))
    placed = [state for state in site.states if any(level.level in AR_FILES for level in state.levels)]
    if placed:
        state = first if first in placed else placed[0]
        actions.append(
            Action(
                texts.gettext("See it in AR"), " · ".join(_sizes(state, texts)), f"#files-{quote(state.id)}",
                "ar", state.id,
            )
        )  # fmt: skip
    return actions


def _sizes(state: State, texts: PageTexts) -> list[str]:
    """Return how augmented reality shows a state, as the dialog of the viewer offers it (`arChoices` in `ar.ts`)."""
    is_life_sized = state.ar is not None and state.ar.life_size_m is not None
    has_table_files = state.ar is not None and state.ar.table_scale not in (None, 1)
    on_table = [texts.gettext("on my table")] if has_table_files or not is_life_sized else []
    return [*on_table, *([texts.gettext("life-size")] if is_life_sized else [])]


def sort_key(state: State) -> str:
    """Return the sort key of a state: its date, those without one last."""
    return state.date.edtf if state.date else "~"


def name_date(state: State) -> str:
    """Return the date of a state, else its title without what is in brackets, as the viewer does."""
    return state.date.text if state.date else _IN_BRACKETS.sub("", plain(state.title))


def _listen_action(site: Site, first: State | None, texts: PageTexts) -> Action | None:
    """Return the tour of the state on the stage, any other tour with a model, or the first sound; None without any."""
    shown = {state.id for state in site.states if state.levels}
    tours = [tour for tour in site.tours if tour.steps and tour.state in shown]
    own = [tour for tour in tours if first and tour.state == first.id]
    with_sound = [tour for tour in (*own, *tours) if any(step.sound for step in tour.steps)]
    if with_sound or tours:
        tour = next(iter(with_sound or own or tours))
        label = texts.gettext("Listen") if with_sound else texts.gettext("Take the tour")
        return Action(label, _length(tour, texts), f"#tour-{quote(tour.id)}", "tour", tour.state)
    sounds = [medium for medium in site.media if medium.kind == "sound"]
    if not sounds:
        return None
    detail = texts.ngettext("%(number)s recording", "%(number)s recordings", len(sounds))
    return Action(texts.gettext("Listen"), detail, f"#media-{quote(sounds[0].id)}")


def _length(tour: Tour, texts: PageTexts) -> str:
    minutes = max(1, round(sum(step.duration_s for step in tour.steps) / 60))
    return texts.gettext("guided tour, %(minutes)s min", minutes=texts.wording.count(minutes))


def describe_supposed(states: Sequence[State], texts: PageTexts) -> list[str]:
    """Return sentences about what the models on the stage are, and which of their parts are supposed."""
    lines = [f"{state.line}." for state in states if state.line]
    parts = [part for state in states for part in state.parts]

    def name_parts(evidence: str) -> str:
        names = dict.fromkeys(plain(part.label) for part in parts if part.evidence.code == evidence)
        return texts.join_list(list(names)[:_NAMED])

    if typical := name_parts("typical"):
        # Only beside what is typical does it need saying what is more than that.
        if attested := name_parts("attested"):
            lines.append(texts.gettext("Attested: %(parts)s.", parts=attested))
        lines.append(texts.gettext("Drawn after their type: %(parts)s.", parts=typical))
    if assumed := name_parts("hypothetical"):
        lines.append(texts.gettext("Assumed: %(parts)s.", parts=assumed))
    return lines


_NAMED = 4
"""As many parts are named beside the model; the page tells of all of them further down."""

_ENGINES = {"walk": "fossgis_osrm_foot", "bike": "fossgis_osrm_bike"}
"""Route planners of openstreetmap.org, as its `directions` page names them."""
_APPLE_FLAGS = {"walk": "w", "bike": "c"}
"""Travel modes of links to Apple Maps; an older version that does not know one opens the place all the same."""


@dataclass(frozen=True)
class Way:
    """A link that plans the way to a place.

    mode : "walk" or "bike"
    web : for any browser: OpenStreetMap, which plans from where the visitor says
    apple : opens Apple Maps on iPhones
    """

    mode: str
    label: str
    web: str
    apple: str


@dataclass(frozen=True)
class Known:
    """Something known about arriving.

    text : a text of the catalogue, or a word of ours
    """

    label: str
    text: Text | str
    source: str


@dataclass(frozen=True)
class Directions:
    """How to go to a place.

    coordinates : latitude, longitude, in degrees, as map programs take them
    geo : opens the map program of Android phones (RFC 5870)
    unknown : labels of what the catalogue does not tell, for one sentence
    """

    heading: str
    coordinates: str
    geo: str
    ways: tuple[Way, ...]
    known: tuple[Known, ...] = ()
    unknown: tuple[str, ...] = ()


def directions(
    position: Place | None, name: str, texts: PageTexts, visit: Visit | None = None, is_start: bool = False
) -> Directions | None:
    """Return how to go to a place; None where its position is unknown or simulated.

    name : of the place, in plain text
    is_start : whether it is the start of a route, which has no entry of its own to tell more
    """
    if position is None or position.is_simulated:
        return None
    at = f"{position.lat:.5f},{position.lon:.5f}"
    labels = {"walk": texts.gettext("On foot"), "bike": texts.gettext("By bicycle")}
    ways = (Way(mode, label, _web(at, mode), _apple(at, mode)) for mode, label in labels.items())
    return Directions(
        heading=texts.gettext("Go to the start") if is_start else texts.gettext("Go there"),
        coordinates=at.replace(",", ", "),
        geo=f"geo:{at}?q={at}({quote(name, safe='')})",
        ways=tuple(ways),
        known=() if is_start else tuple(_list_known(visit, texts)),
        unknown=() if is_start else tuple(_list_unknown(visit, texts)),
    )


def _web(at: str, mode: str) -> str:
    return f"https://www.openstreetmap.org/directions?engine={_ENGINES[mode]}&route=;{at}"


def _apple(at: str, mode: str) -> str:
    return f"https://maps.apple.com/?daddr={at}&dirflg={_APPLE_FLAGS[mode]}"


def _arrival(texts: PageTexts) -> tuple[tuple[str, str, str], ...]:
    """Return the facts about arriving: keys of the document, and their names as a heading and in a sentence."""
    return (
        ("parking", texts.gettext("Parking"), texts.gettext("parking")),
        ("bus", texts.gettext("Bus stop"), texts.gettext("bus stop")),
        ("is_step_free", texts.gettext("Step-free"), texts.gettext("step-free access")),
    )


def _list_known(visit: Visit | None, texts: PageTexts) -> list[Known]:
    if visit is None:
        return []
    known = list[Known]()
    for key, label, _ in _arrival(texts):
        value, source = getattr(visit, key), getattr(visit, f"{key.removeprefix('is_')}_source")
        if isinstance(value, bool):
            value = texts.gettext("yes") if value else texts.gettext("no")
        if value is not None:
            known.append(Known(label, value, source))
    return known


def _list_unknown(visit: Visit | None, texts: PageTexts) -> list[str]:
    return [name for key, _, name in _arrival(texts) if getattr(visit or Visit(), key) is None]


QUIET = 4
"""Modules of the quiet zone around a code (ISO/IEC 18004, 6.3.8)."""
_LEVEL = "h"
"""Error correction: readable with 30 % worn or covered, as on a plate outdoors."""


@dataclass(frozen=True)
class Spot:
    """Where a plate hangs: a stop, or the place of a chapter.

    site : slug of its site, empty for a place that is none of the catalogue
    where : place of the chapter; None of a stop, which is a place itself
    """

    number: int
    name: Text
    site: str
    where: Where | None = None


def list_plate_spots(of: Route | Trail) -> list[Spot]:
    """Return where plates can hang: at every stop of a route, and where a chapter of a trail has a place.

    A door needs no position for a plate, but a site or a commune: "the bank of a river" alone is nowhere.
    """
    if isinstance(of, Route):
        return [Spot(each.number, each.name, each.site) for each in of.stops]
    return [
        Spot(each.number, each.title, each.where.site, each.where)
        for each in of.chapters
        if each.where and (each.where.site or each.where.commune or each.where.position)
    ]


@dataclass(frozen=True)
class Plate:
    """A plate.

    invitation : what scanning brings, in the language of the page; more: what else the place has
    others : the same in the other languages, with their codes
    picture : of the place; None for a stop that is none of the catalogue
    emblem : drawing of the kind of place, or of the way to travel, where there is no picture
    code : SVG path along the dark modules, in strokes of one module, which is the unit
    side : of the code with its quiet zone
    address : target of the code, without https://
    """

    spot: Spot
    invitation: str
    more: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    picture: SharePicture | None
    emblem: Markup
    code: str
    side: int
    address: str


def plate_address(slug: str, number: int) -> str:
    """Return the short path of a plate; it has no language, and redirects to the page in that of the phone."""
    return f"/q/{slug}/{number}"


def plates_address(of: Route | Trail, language: str) -> str:
    """Return the path of the page with the plates of a route or trail."""
    return f"{of.pages[language]}/{PLATES[language]}"


def plates_page(of: Route | Trail, renderer: Renderer) -> bytes:
    """Return the printable page of the plates."""
    texts, edition, by_language = renderer.texts(), renderer.edition, _texts_by_language(renderer.edition)
    content = renderer.render(
        "plates.html",
        texts,
        of=of,
        is_trail=isinstance(of, Trail),
        plates=[_plate(of, spot, renderer, by_language) for spot in list_plate_spots(of)],
        is_nowhere=edition.base_url == EXAMPLE or not is_public(edition.base_url),
    )
    versions = {language: plates_address(of, language) for language in of.pages}
    title = texts.gettext("QR plates: %(route)s", route=plain(of.name))
    head = Head(
        title=f"{title} – Carreau",
        description=title,
        language=of.lang,
        base_url=edition.base_url,
        address=versions[of.lang],
        versions=versions,
        is_indexed=False,
    )
    return renderer.page(content, head, texts)


def plate_page(of: Route | Trail, spot: Spot, renderer: Renderer) -> bytes:
    """Return the page at the address of a plate, for static hosts, which cannot redirect: links, and a script.

    Each link says in its language what the visitor gets.
    """
    edition, by_language = renderer.edition, _texts_by_language(renderer.edition)
    links = [
        (
            code,
            OWN_NAMES.get(code, code),
            f"{page}#stop={spot.number}",
            _invitation(of, spot, edition, by_language[code]),
        )
        for code, page in of.pages.items()
        if code in by_language
    ]
    return renderer.document("plate.html", renderer.texts(), of=of, spot=spot, links=links)


def _plate(of: Route | Trail, spot: Spot, renderer: Renderer, by_language: Mapping[str, PageTexts]) -> Plate:
    edition, language = renderer.edition, renderer.language
    url = edition.base_url + plate_address(of.slug, spot.number)
    code, side = qr_path(url)
    parts = urlsplit(url)
    invitations = {code: _invitation(of, spot, edition, texts) for code, texts in by_language.items()}
    site = edition.sites.get(spot.site, {}).get(language)
    picture = share_picture(site, edition) if site else None
    return Plate(
        spot,
        invitations.pop(language),
        tuple(more(site, by_language[language])) if site else (),
        tuple(invitations.items()),
        None if picture is None or picture.is_emblem else picture,
        draw_emblem(site.kind.code, is_demonstration=site.is_demonstration) if site else emblem(_way_to_go(of)),
        code,
        side,
        parts.netloc + parts.path,
    )


def _texts_by_language(edition: SiteContent) -> dict[str, PageTexts]:
    """Return the texts of every language."""
    return {code: Renderer(edition, code).texts() for code in edition.languages}


def _invitation(of: Route | Trail, spot: Spot, edition: SiteContent, texts: PageTexts) -> str:
    if isinstance(of, Trail):
        return trail_invitation(of, texts)
    site = edition.sites.get(spot.site, {}).get(texts.language)
    return invitation(site, texts) if site else route_invitation(of, texts)


def _way_to_go(of: Route | Trail) -> str:
    """Return the code of the way to travel, for an emblem."""
    codes = [of.mode.code] if isinstance(of, Route) else [each.code for each in of.means]
    return next((code for code in codes if code in ("walk", "bike", "car", "bus")), "walk")


@cache
def qr_path(text: str) -> tuple[str, int]:
    """Return a QR code (ISO/IEC 18004) as an SVG path along its dark modules, and its side with the quiet zone.

    Cached, because all languages have the same codes, and one takes 13 ms.
    """
    rows = [bytes(row) for row in segno.make_qr(text, error=_LEVEL, boost_error=False).matrix]
    path = "".join(_row(row, y + QUIET) for y, row in enumerate(rows))
    return path, len(rows) + 2 * QUIET


def _row(row: bytes, y: int) -> str:
    """Return the runs of dark modules of a row as path commands."""
    commands, begin = list[str](), 0
    for x in range(1, len(row) + 1):
        if x == len(row) or row[x] != row[begin]:
            commands += [f"M{begin + QUIET} {y}.5h{x - begin}"] if row[begin] else []
            begin = x
    return "".join(commands)
