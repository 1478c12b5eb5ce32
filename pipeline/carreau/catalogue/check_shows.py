"""Check a show: what would keep it from playing is an error, what the team has to settle is a question."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from carreau.base.document import TomlDocument
from carreau.base.errors import KeyPath
from carreau.base.messages import message, plural_message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.check_files import check_licences, check_media, found_file
from carreau.catalogue.check_sites import ask_team, check_rights, check_sources, check_twice
from carreau.catalogue.check_texts import check_audience, check_link, check_markup
from carreau.catalogue.media import IMAGE, SOUND, VIDEO
from carreau.catalogue.show import (
    LINE,
    MOST_SIDES,
    PRESENCE,
    SUFFIX,
    At,
    Event,
    Feature,
    MapScene,
    Other,
    RecordError,
    Scene,
    Show,
    read_georeferenced,
)
from carreau.catalogue.site import Site
from carreau.formats.geodata import Commune

_LANG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_KEY = re.compile(r"[!-~]|[A-Z][A-Za-z0-9]{1,31}")
"""A key as browsers name it: one character, or a word such as F13."""
_OURS = frozenset({"Escape", "Enter", "ArrowLeft", "ArrowRight", "Tab", *"123456789"})
"""Keys that do something else during a show."""


def check_shows(catalogue: Catalogue) -> None:
    """Report errors and open questions of all shows."""
    for entry in catalogue.shows.values():
        if entry.document.is_read:
            check_show(entry, catalogue.sites)


def check_show(entry: Entry[Show], sites: Mapping[str, Entry[Site]]) -> None:
    """Report errors and open questions of a show.

    sites : all there are, by slug: their models can be in a scene
    """
    show, document = entry.of, entry.document
    _check_start(document, show)
    for number, scene in enumerate(show.scene):
        _check_scene(document, ("scene", number), scene, show)
        _check_model(document, ("scene", number), scene, sites)
    for number, quiet in enumerate(show.quiet):
        if quiet.begins is not None and quiet.begins == quiet.ends:
            cause, cure = message("the quiet hours end when they begin"), message("write 0 and 24 for the whole day")
            document.error("wrong value", ("quiet", number, "ends"), cause, cure)
    check_media(document, show.media)
    for name in ("scene", "media", "source"):
        check_twice(document, getattr(show, name), name)
    check_rights(document, show.rights)
    check_licences(document, show)
    check_sources(document, show.source)
    ask_team(document, show.questions)
    check_audience(document, show)
    check_markup(document, show)


def _check_start(document: TomlDocument, show: Show) -> None:
    has_sensor = PRESENCE in show.start
    if has_sensor and not show.presence_key:
        cause = message("nothing says which key the sensor presses")
        document.error("missing key", ("presence_key",), cause, message('write presence_key = "F13"'))
    elif show.presence_key and not has_sensor:
        cause, cure = message("there is a key for a sensor that begins nothing"), message("add presence to start")
        document.error("wrong value", ("presence_key",), cause, cure)
    elif show.presence_key and (not _KEY.fullmatch(show.presence_key) or show.presence_key in _OURS):
        cause = message("'%(key)s' cannot be the key of a sensor", key=show.presence_key)
        document.error("wrong value", ("presence_key",), cause, message("write a letter, or F13 to F24"))


def _check_scene(document: TomlDocument, key: KeyPath, scene: Scene, show: Show) -> None:
    media = {each.id: each.kind for each in show.media}
    sounds = {name for name, kind in media.items() if kind == SOUND}
    check_link(document, (*key, "voice"), "media", scene.voice, sounds)
    figures = {name for name, kind in media.items() if kind in (IMAGE, VIDEO)}
    check_link(document, (*key, "figure"), "media", scene.figure, figures)
    for name in scene.sources:
        check_link(document, (*key, "sources"), "source", name, {each.id for each in show.source})
    if not (scene.text or scene.lines or scene.figure or scene.model):
        cause, cure = message("the scene shows nothing"), message("write text or lines, or name a figure")
        document.question("not written", key, cause, cure)
    if scene.lines:
        _check_lines(document, key, scene)
    elif scene.translation or scene.lang:
        cause = message("there is a translation or a language, and no lines")
        document.error("wrong value", (*key, "lines"), cause, message("add lines, or remove it"))


def _check_model(document: TomlDocument, key: KeyPath, scene: Scene, sites: Mapping[str, Entry[Site]]) -> None:
    if not scene.model:
        return
    if scene.figure:
        cause, cure = message("a scene shows a figure or a model"), message("leave out one of them")
        document.error("wrong value", (*key, "model"), cause, cure)
    slug, _, name = scene.model.partition("/")
    if not slug or not name:
        cause = message("'%(name)s' is not SITE/STATE", name=scene.model)
        document.error("wrong value", (*key, "model"), cause, message("write it as in fosse-mathilde/1930"))
        return
    check_link(document, (*key, "model"), "site", slug, set(sites))
    if slug in sites:
        check_link(document, (*key, "model"), "state", name, {each.id for each in sites[slug].of.state})


def _check_lines(document: TomlDocument, key: KeyPath, scene: Scene) -> None:
    if not _LANG.fullmatch(scene.lang):
        cause = message("nothing says which language the lines are in")
        document.error("missing key", (*key, "lang"), cause, message('write lang = "pcd" for Picard, "fr" for French'))
    if scene.translation and len(scene.translation) != len(scene.lines):
        cause = message(
            "there are %(lines)s lines, and %(translated)s are translated",
            lines=len(scene.lines), translated=len(scene.translation),
        )  # fmt: skip
        document.error("wrong value", (*key, "translation"), cause, message("translate each line on its own"))
    if not scene.credit:
        cause, cure = message("nothing says whose the lines are"), message("write credit = with author and book")
        document.error("missing credit", (*key, "credit"), cause, cure)
    if scene.translation and not scene.is_read:
        cause = message("no speaker of the language has read the translation")
        document.question(
            "unverified", (*key, "translation"), cause, message("have it read, then write is_read = true")
        )


LONGEST_LABEL = 3
"""Letters that a counter has room for."""
MOST_FEATURES, MOST_EVENTS = 60, 60


def check_scene(entry: Entry[MapScene], catalogue: Catalogue) -> None:
    """Report errors and open questions of a map that moves."""
    scene, document = entry.of, entry.document
    owner = catalogue.find_owner(entry)
    sources = {each.id for each in scene.source}
    sources |= {getattr(each, "id", "") for each in (owner.of.source if owner else ())} - {""}
    for number, event in enumerate(scene.event):
        _check_event(document, ("event", number), event, scene, sources, catalogue.communes)
    _check_order(document, scene)
    for number, feature in enumerate(scene.feature):
        _check_feature(document, ("feature", number), feature, scene, sources, catalogue.communes)
    for name in ("side", "feature", "event", "source"):
        check_twice(document, getattr(scene, name), name)
    _check_counts(document, scene)
    _check_ground(document, scene)
    check_sources(document, scene.source)
    ask_team(document, scene.questions)
    check_audience(document, scene)
    check_markup(document, scene)


def _check_ground(document: TomlDocument, scene: MapScene) -> None:
    path = found_file(document, ("ground",), scene.ground, (SUFFIX,)) if scene.ground else None
    if path is None or path.suffix.lower() != SUFFIX:
        return
    try:
        read_georeferenced(path)
    except RecordError as error:
        document.error("missing licence", ("ground",), error.cause, error.cure)


def _check_counts(document: TomlDocument, scene: MapScene) -> None:
    for name, most in (("side", MOST_SIDES), ("feature", MOST_FEATURES), ("event", MOST_EVENTS)):
        if len(getattr(scene, name)) > most:
            cause = plural_message("there is room for %(count)s", "there is room for %(count)s", most)
            document.error("too large", (name, most), cause, message("make a second map, or join some of them"))


def _check_names(document: TomlDocument, key: KeyPath, names: tuple[str, ...], sources: Collection[str]) -> None:
    for name in names:
        check_link(document, (*key, "sources"), "source", name, set(sources))


def _check_event(
    document: TomlDocument, key: KeyPath, event: Event, scene: MapScene, sources: Collection[str],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    _check_names(document, key, event.sources, sources)
    for number, other in enumerate(event.other):
        inner: KeyPath = (*key, "other", number)
        _check_names(document, inner, other.sources, sources)
        _check_link(document, (*inner, "feature"), other.feature, {each.id for each in scene.feature})
        if other.is_placed and not other.feature:
            cause = message("nothing says what was at this place")
            document.error("missing key", (*inner, "feature"), cause, message("write the id of a feature"))
        if other.feature and not other.is_placed:
            cause = message("nothing says where it was")
            document.error("missing key", inner, cause, message("write insee or position, or leave the feature out"))
        _check_point(document, inner, other, communes)


def _check_order(document: TomlDocument, scene: MapScene) -> None:
    """Report an event that ended before one above it began."""
    latest = None
    for number, event in enumerate(scene.event):
        if event.time is None:
            continue
        if latest is not None and event.time.last < latest.first:
            cause = message(
                "%(time)s is before %(other)s, which stands above it", time=event.time.text, other=latest.text
            )
            document.error("wrong value", ("event", number, "time"), cause, message("put the events in their order"))
        if latest is None or event.time.first > latest.first:
            latest = event.time


def _check_feature(
    document: TomlDocument, key: KeyPath, feature: Feature, scene: MapScene, sources: Collection[str],
    communes: Mapping[str, Commune],
) -> None:  # fmt: skip
    _check_names(document, key, feature.sources, sources)
    _check_link(document, (*key, "side"), feature.side, {each.id for each in scene.side})
    if len(feature.label) > LONGEST_LABEL:
        cause = message("%(label)s is too long for the map", label=f"'{feature.label}'")
        document.error("wrong value", (*key, "label"), cause, message("write one to three letters"))
    before = -1
    for number, at in enumerate(feature.at):
        inner: KeyPath = (*key, "at", number)
        _check_names(document, inner, at.sources, sources)
        _check_link(document, (*inner, "event"), at.event, {each.id for each in scene.event})
        _check_place(document, inner, at, feature, communes)
        now = scene.find_number(at.event)
        if now is not None and now <= before:
            cause = message("the positions are not in the order of the events")
            document.error("wrong value", (*inner, "event"), cause, message("put them in the order of the events"))
        before = before if now is None else now


def _check_link(document: TomlDocument, key: KeyPath, name: str, names: set[str]) -> None:
    if name and name not in names:
        cause = message("there is no '%(name)s' in this file", name=name)
        cure = message("use one of: %(choices)s", choices=tuple(sorted(names))) if names else message("add it")
        document.error("dead link", key, cause, cure)


def _check_place(
    document: TomlDocument, key: KeyPath, at: At, feature: Feature, communes: Mapping[str, Commune]
) -> None:
    if at.line and (at.insee or at.position is not None):
        _given_twice(document, key)
    _check_point(document, key, at, communes)
    if at.line and feature.kind != LINE:
        cause = message("only a feature of the kind line has a line")
        document.error("wrong value", (*key, "line"), cause, message("write position or insee"))
    if at.insee and at.evidence not in ("", "hypothetical"):
        cause = message("a commune says no more than somewhere around")
        document.error("wrong value", (*key, "evidence"), cause, message("write hypothetical, or give the position"))
    for each in at.line:
        _check_inside(document, (*key, "line"), each, communes)


def _given_twice(document: TomlDocument, key: KeyPath) -> None:
    cause = message("the position is given more than once")
    document.error("wrong value", key, cause, message("keep one of insee, position and line"))


def _check_point(document: TomlDocument, key: KeyPath, at: At | Other, communes: Mapping[str, Commune]) -> None:
    """Report what is wrong with a position or a commune."""
    point = at.position.point if at.position else None
    if at.insee and at.position is not None:
        _given_twice(document, key)
    if at.position is not None and point is None:
        cause, cure = message("the position is missing"), message("write lon and lat in degrees, and their basis")
        document.error("missing key", (*key, "position"), cause, cure)
    if at.position is not None and not at.position.basis:
        cause = message("the basis of the position is missing")
        cure = message("name the survey, map or official outline that it comes from")
        document.error("missing source", (*key, "position", "basis"), cause, cure)
    if at.insee and communes and at.insee not in communes:
        cause = message("'%(code)s' is not a commune of the territory", code=at.insee)
        cure = message("leave the place out: it is then said that the position is not known")
        document.error("wrong value", (*key, "insee"), cause, cure)
    if point:
        _check_inside(document, (*key, "position"), point, communes)


def _check_inside(
    document: TomlDocument, key: KeyPath, point: tuple[float, float], communes: Mapping[str, Commune]
) -> None:
    if not communes:
        return
    wests, souths, easts, norths = zip(*(each.outline.box for each in communes.values()), strict=True)
    if not (min(wests) <= point[0] <= max(easts) and min(souths) <= point[1] <= max(norths)):
        cause = message("%(lon)s, %(lat)s is outside the territory", lon=f"{point[0]:.5f}", lat=f"{point[1]:.5f}")
        cure = message("correct lon and lat: here lon is about 3 and lat about 50")
        document.error("outside the territory", key, cause, cure)
