"""Check a site: sources, rights, inscription, dates, repeated names, open questions, demonstrations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import combinations
from typing import Any

from carreau.base.document import TomlDocument
from carreau.base.errors import KeyPath
from carreau.base.messages import message
from carreau.catalogue.check_files import found_file
from carreau.catalogue.site import EXAMPLE, STORY, UNITS, Dated, Position, Rights, Site, Source
from carreau.formats.geodata import Commune, OutlineError, commune_at, read_outlines

ELEMENT = re.compile(r"(\d{1,3})[A-Z]{0,2}")
CODE = re.compile(r"\d{3,4}-\d{3}[a-z]?")


def check_facts(document: TomlDocument, site: Site) -> None:
    """Report facts without a source, with an unknown unit, or disputed."""
    for place, fact in enumerate(site.fact):
        key: KeyPath = ("fact", place)
        if not fact.source:
            cause, cure = message("the fact has no source"), message("name the source, or move it to questions")
            document.error("missing source", (*key, "source"), cause, cure)
        if fact.unit and fact.unit not in UNITS:
            cause = message("'%(unit)s' is an unknown unit", unit=fact.unit)
            document.error("wrong value", (*key, "unit"), cause, message("use one of: %(choices)s", choices=UNITS))
        if fact.disputed:
            cause = message("sources disagree about this fact")
            cure = message("find out which one is right, and note it under source")
            document.question("disputed", (*key, "value"), cause, cure)
    for place, architect in enumerate(site.architect):
        if architect.name and not architect.source:
            cause = message("the architect has no source")
            cure = message("name the source, or move it to questions")
            document.error("missing source", ("architect", place, "source"), cause, cure)


def check_arrival(document: TomlDocument, site: Site) -> None:
    """Report statements about parking, the bus stop and steps that have no source."""
    visit = site.visit
    if visit is None:
        return
    keys = {each.name for each in fields(visit)}
    for key in sorted(each for each in keys if f"{each}_source" in keys):
        if getattr(visit, key) not in ("", None) and not getattr(visit, f"{key}_source"):
            cause = message("'%(key)s' has no source", key=key)
            cure = message("say where it was read, or who looked and when; or remove it")
            document.error("missing source", ("visit", f"{key}_source"), cause, cure)


def check_inscription(document: TomlDocument, site: Site) -> None:
    """Report codes that do not have the form of the official lists."""
    inscription = site.inscription
    if inscription is None:
        return
    match = ELEMENT.fullmatch(inscription.element)
    if inscription.element and not match:
        cause = message("'%(element)s' is not the id of an element", element=inscription.element)
        document.error("wrong value", ("inscription", "element"), cause, message("write it as published, such as 15A"))
    if match and inscription.component_number not in (None, int(match[1])):
        cause = message(
            "element %(element)s does not belong to component %(component)s",
            element=inscription.element, component=str(inscription.component_number),
        )  # fmt: skip
        cure = message("correct one of them from the official list")
        document.error("wrong value", ("inscription", "element"), cause, cure)
    if inscription.code and not CODE.fullmatch(inscription.code):
        cause = message("'%(code)s' is not a UNESCO code", code=inscription.code)
        cure = message("copy the published code (1360-0NN); do not make one up")
        document.error("wrong value", ("inscription", "code"), cause, cure)


def check_rights(document: TomlDocument, rights: Sequence[Rights]) -> None:
    """Report rights with an owner but without a licence."""
    for place, right in enumerate(rights):
        if right.credit and not right.licence:
            cause, cure = message("the licence is missing"), message("name the licence under which it may be published")
            document.error("missing licence", ("rights", place, "licence"), cause, cure)


def check_sources(document: TomlDocument, sources: Sequence[Source]) -> None:
    """Report sources whose URL is not a web address."""
    for place, source in enumerate(sources):
        if source.url and not re.match(r"https?://[^\s/]+", source.url):
            cause = message("'%(url)s' is not a web address", url=source.url)
            cure = message("write it in full, with https://, or remove it")
            document.error("dead link", ("source", place, "url"), cause, cure)


def check_open(document: TomlDocument, site: Site) -> None:
    """Report questions to the team, and unverified entries."""
    ask_team(document, site.questions)
    if site.confidence in ("medium", "low"):
        cause = message("the entry is not verified by a second source")
        document.question("unverified", ("confidence",), cause, message("find a second source, then write high"))


def ask_team(document: TomlDocument, questions: Sequence[str]) -> None:
    """Report each question to the team, in the curator's words."""
    for question in questions:
        cure = message("answer it, then remove it")
        document.question("question", ("questions",), " ".join(question.split()), cure)


def check_twice(document: TomlDocument, tables: Sequence[Any], name: str, key: str = "id") -> None:
    """Report two tables with the same name."""
    names: dict[str, int] = {}
    for place, table in enumerate(tables):
        own = getattr(table, key)
        if own and own in names:
            cause = message("'%(name)s' is used twice", name=own)
            document.error("wrong value", (name, place, key), cause, message("rename one of them"))
        names.setdefault(own, place)


AFTER = {
    "begun": ("built", "opened", "closed", "filled", "demolished"),
    "built": ("demolished",),
    "opened": ("closed", "filled", "demolished"),
    "closed": ("filled",),
}
"""Events that can only come after others. A school can be rebuilt after it opened, and a mine restored at any time."""


def check_dates(document: TomlDocument, site: Site) -> None:
    """Report dates without a source, contradicting dates, and disputed dates."""
    for place, dated in enumerate(site.date):
        if not dated.source:
            cause, cure = message("the date has no source"), message("name the source, or move it to questions")
            document.error("missing source", ("date", place, "source"), cause, cure)
        if dated.event == "other" and not dated.label:
            cause, cure = message("the key is missing"), message("describe the event")
            document.error("missing key", ("date", place, "label"), cause, cure)
        if dated.disputed:
            cause = message("sources disagree about this date")
            cure = message("find out which one is right, and note it under source")
            document.question("disputed", ("date", place, "when"), cause, cure)
    for (_, one), (place, other) in combinations(enumerate(site.date), 2):
        if one.of == other.of and not one.disputed and not other.disputed:
            _check_pair(document, ("date", place, "when"), one, other)
    _check_period(document, site)


def _check_pair(document: TomlDocument, key: KeyPath, one: Dated, other: Dated) -> None:
    if one.when is None or other.when is None:
        return
    for first, then in ((one, other), (other, one)):
        assert first.when is not None and then.when is not None  # noqa: S101, PT018 - for mypy
        if then.event in AFTER.get(first.event, ()) and then.when.is_before(first.when):
            cause = message(
                "'%(event)s' is dated %(date)s, before '%(earlier_event)s' (%(earlier_date)s)",
                event=then.event, date=then.when.text, earlier_event=first.event, earlier_date=first.when.text,
            )  # fmt: skip
            cure = message("correct one of the dates, or set disputed = true on both")
            document.error("contradicting dates", key, cause, cure)
    is_same = one.event == other.event and one.event != "other" and one.label == other.label
    if is_same and (one.when.is_before(other.when) or other.when.is_before(one.when)):
        cause = message(
            "'%(event)s' is dated both %(date)s and %(other_date)s",
            event=one.event, date=one.when.text, other_date=other.when.text,
        )  # fmt: skip
        cure = message("correct one of the dates, set of = for different parts, or set disputed = true on both")
        document.error("contradicting dates", key, cause, cure)


def _check_period(document: TomlDocument, site: Site) -> None:
    for place, dated in enumerate(site.date):
        if site.period is None or dated.when is None or dated.of or dated.disputed or dated.event != "built":
            continue
        if dated.when.is_before(site.period) or site.period.is_before(dated.when):
            cause = message(
                "'%(event)s' is dated %(date)s, outside the period %(period)s",
                event=dated.event, date=dated.when.text, period=site.period.text,
            )  # fmt: skip
            document.error("contradicting dates", ("date", place, "when"), cause, message("correct one of them"))


NOT_EXPECTED = ("commune", "insee", "outline", "position", "period", "company", "visit")
"""Keys that a demonstration, or an example from elsewhere, does not need."""


def check_demonstration(document: TomlDocument, site: Site, communes: Mapping[str, Commune]) -> None:
    """Report a demonstration without the word in its name, with an inscription, or with a real location.

    Examples from elsewhere are real, and are reported if they are not elsewhere.
    """
    if not site.is_apart:
        return
    document.findings[:] = [
        each for each in document.findings if not (each.topic == "not written" and _is_not_expected(each.key))
    ]
    if site.kind == STORY and site.inscription is not None:
        cause = message("a place of a trail cannot have an inscription")
        document.error("wrong value", ("inscription",), cause, message("remove it, or write another kind"))
    if site.kind == EXAMPLE and not site.demonstration:
        _check_example(document, site, communes)
    if not site.demonstration:
        return
    if site.name and "demonstration" not in _plain(site.name):
        cause = message("the name of a demonstration must contain the word Démonstration")
        document.error("wrong value", ("name",), cause, message("add the word to the name"))
    if site.inscription is not None:
        cause = message("a demonstration cannot have an inscription")
        document.error("wrong value", ("inscription",), cause, message("remove it, or remove demonstration = true"))
    places: list[tuple[KeyPath, float | None, float | None]] = []
    if site.position is not None:
        places.append((("position",), site.position.lon, site.position.lat))
    for number, state in enumerate(site.state):
        if state.geopose is not None:
            places.append((("state", number, "geopose"), state.geopose.lon, state.geopose.lat))
    for key, lon, lat in places:
        if lon is not None and lat is not None and (commune := commune_at(communes, lon, lat)):
            cause = message(
                "a demonstration has no real location, but this position is in %(commune)s", commune=commune.name
            )
            cure = message("write lon = 0 and lat = 0")
            document.error("outside the commune", (*key, "lon"), cause, cure)


def _check_example(document: TomlDocument, site: Site, communes: Mapping[str, Commune]) -> None:
    """Report an example from elsewhere with an inscription, or inside the territory."""
    if site.inscription is not None:
        cause = message("an example from elsewhere cannot have an inscription")
        document.error("wrong value", ("inscription",), cause, message("remove it, or write another kind"))
    position = site.position
    if position is not None and position.lon is not None and position.lat is not None:
        commune = commune_at(communes, position.lon, position.lat)
        if commune is not None:
            cause = message("the position of an example from elsewhere is in %(commune)s", commune=commune.name)
            document.error("wrong value", ("kind",), cause, message("correct the position, or write another kind"))


def _is_not_expected(key: str) -> bool:
    return re.split(r"[, ]", key, maxsplit=1)[0] in NOT_EXPECTED


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()


def check_commune(document: TomlDocument, key: KeyPath, name: str, insee: str, communes: Mapping[str, Commune]) -> None:
    """Report a commune whose name and INSEE code do not match."""
    if not insee or not communes:
        return
    commune = communes.get(insee)
    if commune is None and any(each.name == name for each in communes.values()):
        right = next(each.insee for each in communes.values() if each.name == name)
        cause = message("'%(code)s' is not the INSEE code of %(commune)s", code=insee, commune=name)
        document.error("wrong value", (*key, "insee"), cause, message("write '%(code)s'", code=right))
    elif commune is None:
        cause = message("'%(code)s' is not a commune of the territory", code=insee)
        cure = message("check the code, and whether the place is meant to be elsewhere")
        document.question("unverified", (*key, "insee"), cause, cure)
    elif name and commune.name != name:
        cause = message(
            "'%(code)s' is the INSEE code of %(right)s, not of %(commune)s",
            code=insee,
            right=commune.name,
            commune=name,
        )
        cure = message("write %(commune)s, or correct the code", commune=commune.name)
        document.error("wrong value", (*key, "commune"), cause, cure)


def check_postcode(document: TomlDocument, postcode: str, insee: str, communes: Mapping[str, Commune]) -> None:
    """Report a postal code that is none, or none of the commune."""
    known = communes[insee].postcodes if insee in communes else ()
    if postcode and not re.fullmatch(r"[0-9]{5}", postcode):
        cause = message("'%(code)s' is not a postal code", code=postcode)
        document.error("wrong value", ("postcode",), cause, message("write its five digits in quotation marks"))
    elif postcode and known and postcode not in known:
        cause = message("'%(code)s' is not a postal code of %(commune)s", code=postcode, commune=communes[insee].name)
        document.error("wrong value", ("postcode",), cause, message("use one of: %(choices)s", choices=known))


def check_position(
    document: TomlDocument, key: KeyPath, position: Position | None, insee: str, also: tuple[str, ...],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    """Report a position that is incomplete, without its basis, or outside its commune.

    also : names of other communes that the place reaches into
    """
    if position is None:
        return
    lon, lat = position.lon, position.lat
    if lon is None or lat is None:
        cause, cure = message("the position is missing"), message("write lon and lat in degrees, and their basis")
        document.question("not written", key, cause, cure)
        return
    if not position.basis:
        cause = message("the basis of the position is missing")
        cure = message("name the survey, map or official outline that it comes from")
        document.error("missing source", (*key, "basis"), cause, cure)
    if insee in communes:
        _check_inside(document, key, (lon, lat), communes[insee], also, communes)


def _check_inside(
    document: TomlDocument, key: KeyPath, point: tuple[float, float], own: Commune, also: tuple[str, ...],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    if own.outline.contains(*point):
        return
    other = commune_at(communes, *point)
    if other is not None and other.name in also:
        cause = message(
            "the position is in %(other)s, but the place is filed under %(commune)s", other=other.name, commune=own.name
        )
        document.question("unverified", (*key, "lon"), cause, message("check which commune is right"))
    elif own.outline.contains(point[1], point[0]):
        cause = message("the position is outside %(commune)s: lon and lat are swapped", commune=own.name)
        cure = message("swap them; here lon is about 3 and lat about 50")
        document.error("outside the commune", (*key, "lon"), cause, cure)
    else:
        cause = (
            message("the position is outside %(commune)s, in %(other)s", commune=own.name, other=other.name)
            if other
            else message("the position is outside %(commune)s", commune=own.name)
        )
        document.error("outside the commune", (*key, "lon"), cause, message("correct lon and lat, or the commune"))


def check_poses(document: TomlDocument, site: Site, communes: Mapping[str, Commune]) -> None:
    """Report states outside the site's commune."""
    for place, state in enumerate(site.state):
        pose = state.geopose
        if pose and pose.lon is not None and pose.lat is not None and site.insee in communes:
            key: KeyPath = ("state", place, "geopose")
            _check_inside(document, key, (pose.lon, pose.lat), communes[site.insee], site.communes, communes)


def check_outline(document: TomlDocument, site: Site) -> None:
    """Report an outline that cannot be read, or that does not contain the position."""
    if not site.outline:
        return
    path = found_file(document, ("outline",), site.outline, (".geojson", ".json"))
    if path is None:
        return
    try:
        outlines = read_outlines(path)
    except OutlineError as error:
        cause = message("'%(file)s': %(reason)s", file=site.outline, reason=error.cause)
        document.error("wrong value", ("outline",), cause, error.cure)
        return
    place = site.position
    if place and place.lon is not None and place.lat is not None:
        lon, lat = place.lon, place.lat
        if not any(outline.contains(lon, lat) for outline in outlines):
            cause, cure = message("the position is outside the outline"), message("check which of the two is right")
            document.question("unverified", ("position", "lon"), cause, cure)
