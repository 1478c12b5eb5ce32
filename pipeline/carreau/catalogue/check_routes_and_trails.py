"""Check routes and trails: what would lead nowhere is an error, what the team has to find out an open question."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from carreau.base.document import TomlDocument
from carreau.base.errors import KeyPath
from carreau.base.messages import Number, message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.check_files import check_licences, check_media, found_file
from carreau.catalogue.check_sites import (
    ask_team,
    check_commune,
    check_position,
    check_rights,
    check_sources,
    check_twice,
)
from carreau.catalogue.check_texts import check_audience, check_link, check_markup
from carreau.catalogue.media import SOUND
from carreau.catalogue.route import Place, Point, Route, passes, read_line
from carreau.catalogue.route_measures import NEAR_M, first_out_of_order, list_positions, walk_order
from carreau.catalogue.trail import (
    BY_MAP,
    BY_MODEL,
    CHILDREN,
    CLASS,
    MAP_SCENE,
    MODEL_SCENE,
    Chapter,
    ChapterPlace,
    Doubt,
    Question,
    Scene,
    Trail,
    Way,
)
from carreau.formats.geodata import OutlineError, read_path

PATHS = (".gpx", ".geojson")


def check_route(entry: Entry[Route], catalogue: Catalogue) -> None:
    """Report errors and open questions of a route."""
    route, document, positions = entry.of, entry.document, list_positions(entry.of, catalogue)
    if route.path:
        _check_path(document, route.path)
        _check_line(document, route, positions, walk_order(route, catalogue))
    elif route.path_measure != "indicative":
        cause = message("without a path, the stops are connected by straight lines only")
        cure = message("name a GPX or GeoJSON file in path, or write indicative")
        document.error("missing file", ("path_measure",), cause, cure)
    if route.standing == "proposal":
        cause, cure = message("the route is an untested proposal"), message("test it on the ground, then write tested")
        document.question("unverified", ("standing",), cause, cure)
    _check_start(document, route, positions, catalogue)
    for place, stop in enumerate(route.stop):
        key: KeyPath = ("stop", place)
        if bool(stop.site) == (stop.place is not None):
            cause = message("a stop needs either a site or a place")
            cure = message("write site = with its slug, or [stop.place] with its name")
            document.error("missing key", key, cause, cure)
        if stop.place is not None:
            _check_stop_place(document, (*key, "place"), stop.place, catalogue)
        check_position(document, (*key, "at"), stop.at, "", (), catalogue.communes)
    if len(route.stop) == 1:
        cause, cure = message("a route needs at least two stops"), message("add a second [[stop]]")
        document.error("missing key", ("stop",), cause, cure)
    check_media(document, route.media)
    check_twice(document, route.media, "media")
    check_rights(document, route.rights)
    check_licences(document, route)
    check_sources(document, route.source)
    ask_team(document, route.questions)
    check_audience(document, route)
    check_markup(document, route)


def _check_path(document: TomlDocument, name: str) -> None:
    path = found_file(document, ("path",), name, PATHS)
    try:
        if path is not None and path.suffix.lower() in PATHS:
            read_path(path)
    except OutlineError as error:
        cause = message("'%(file)s': %(reason)s", file=name, reason=error.cause)
        document.error("wrong value", ("path",), cause, error.cure)


def _check_start(document: TomlDocument, route: Route, positions: Sequence[Point | None], catalogue: Catalogue) -> None:
    """Report a first stop without a position: nobody can go there, and the order of the others begins there."""
    if not positions or positions[0] is not None:
        return
    first, site = route.stop[0], catalogue.sites.get(route.stop[0].site)
    is_place = first.place is not None and bool(first.place.name)
    if not is_place and not (site is not None and site.document.is_read):
        return  # other checks tell of a stop that is not written yet, and of a site that is none
    key: KeyPath = ("stop", 0, "place", "position") if first.place is not None else ("stop", 0)
    cause = message("the first stop has no position, so nobody can go to the start")
    cure = message("write lon, lat and basis, or begin with a stop whose position is known")
    document.error("missing key", key, cause, cure)


def _check_line(document: TomlDocument, route: Route, positions: Sequence[Point | None], order: Sequence[int]) -> None:
    """Ask about a line that was computed and not walked, that misses its stops, or passes them in another order."""
    try:
        line = read_line(document.path.parent / route.path)
    except OutlineError:
        return  # `_check_path` tells of it
    if route.path_measure == "computed" and not route.walked:
        cause, cure = (
            message("the path was computed, and nobody has walked it"),
            message("walk it, then write walked = true"),
        )
        document.question("unverified", ("path_measure",), cause, cure)
    known = [(number, point) for number in order if (point := positions[number]) is not None]
    away_m = {number: passes(line.points, point)[0] for number, point in known}
    for number, metres in away_m.items():
        if metres > NEAR_M:
            cause = message("the path passes %(metres)s m away from this stop", metres=Number(metres, ",.0f"))
            cure = message("lead it to the stop, or write in [stop.at] where one stands")
            document.question("far path", ("stop", number), cause, cure)
    near = [(number, point) for number, point in known if away_m[number] <= NEAR_M]
    wrong = first_out_of_order(line.points, [point for _, point in near], bool(route.loop))
    if wrong is not None:
        cause = message("the path passes this stop before the one that precedes it here")
        cure = message("put the [[stop]] tables in the order of the path, or turn the path around")
        document.question("wrong order", ("stop", near[wrong][0]), cause, cure)


def _check_stop_place(document: TomlDocument, key: KeyPath, place: Place, catalogue: Catalogue) -> None:
    check_commune(document, key, place.commune, place.insee, catalogue.communes)
    check_position(document, (*key, "position"), place.position, place.insee, (), catalogue.communes)


WEAK = "D"
"""The reliability of sources that attest nothing by themselves."""


def check_trail(entry: Entry[Trail], catalogue: Catalogue) -> None:
    """Report errors and open questions of a trail."""
    trail, document = entry.of, entry.document
    if entry.slug in catalogue.sites or entry.slug in catalogue.routes:
        cause = message("'%(name)s' is also the name of a site or a route", name=entry.slug)
        document.error("wrong value", (), cause, message("rename the folder: addresses and translations go by it"))
    if trail.standing == "proposal":
        cause, cure = message("the trail is an untested proposal"), message("test it on the ground, then write tested")
        document.question("unverified", ("standing",), cause, cure)
    for number, chapter in enumerate(trail.chapter):
        _check_chapter(document, ("chapter", number), chapter, trail, catalogue)
    _check_reach(document, trail)
    _check_minutes(document, trail)
    if CLASS in trail.audience and trail.lesson is None:
        cause, cure = (
            message("the trail is offered to classes without [lesson]"),
            message("add [lesson], or drop class"),
        )
        document.question("not written", ("audience",), cause, cure)
    check_media(document, trail.media)
    for name in ("chapter", "media", "source"):
        check_twice(document, getattr(trail, name), name)
    check_rights(document, trail.rights)
    check_licences(document, trail)
    check_sources(document, trail.source)
    ask_team(document, trail.questions)
    check_audience(document, trail)
    check_markup(document, trail)


def _check_chapter(document: TomlDocument, key: KeyPath, chapter: Chapter, trail: Trail, catalogue: Catalogue) -> None:
    sources, media = {each.id for each in trail.source}, {each.id for each in trail.media}
    sounds = {each.id for each in trail.media if each.kind == SOUND}
    if chapter.site and chapter.place is not None:
        cause = message("a chapter has either a site or a place")
        cure = message("remove one of them; a chapter without both is told on the way")
        document.error("wrong value", (*key, "site"), cause, cure)
    check_link(document, (*key, "site"), "site", chapter.site, set(catalogue.sites))
    if chapter.place is not None:
        _check_chapter_place(document, (*key, "place"), chapter.place, catalogue)
    if CHILDREN in trail.audience and not chapter.children:
        cause, cure = message("the chapter is not told to children"), message("write children = with an easier telling")
        document.question("not written", (*key, "children"), cause, cure)
    _check_names(document, (*key, "sources"), "source", chapter.sources, sources)
    _check_names(document, (*key, "media"), "media", chapter.media, media)
    _check_names(document, (*key, "sound"), "media", (chapter.sound,), sounds)
    _check_evidence(document, key, chapter, trail)
    if chapter.scene is not None:
        _check_scene(document, (*key, "scene"), chapter.scene, catalogue)
    for number, doubt in enumerate(chapter.doubt):
        _check_doubt(document, (*key, "doubt", number), doubt, sources)
    for number, question in enumerate(chapter.question):
        _check_question(document, (*key, "question", number), question, sources, catalogue)
    for number, way in enumerate(chapter.way):
        _check_way(document, (*key, "way", number), way, trail, catalogue)


def _check_chapter_place(document: TomlDocument, key: KeyPath, place: ChapterPlace, catalogue: Catalogue) -> None:
    check_commune(document, key, place.commune, place.insee, catalogue.communes)
    check_position(document, (*key, "position"), place.position, place.insee, (), catalogue.communes)
    if place.position is not None and place.position.point is not None and not place.precision:
        cause = message("nothing says how well the position is known")
        cure = message("write precision = point if one finds the thing there, else area")
        document.error("missing key", (*key, "precision"), cause, cure)


def _check_names(document: TomlDocument, key: KeyPath, kind: str, names: Sequence[str], known: Collection[str]) -> None:
    for name in names:
        check_link(document, key, kind, name, set(known))


def _check_evidence(document: TomlDocument, key: KeyPath, chapter: Chapter, trail: Trail) -> None:
    """Ask about a chapter that is called attested, and rests on wikis, blogs and undated pages alone."""
    reliability = {each.id: each.reliability for each in trail.source}
    grades = {reliability[name] for name in chapter.sources if name in reliability}
    if chapter.evidence == "attested" and grades == {WEAK}:
        cause = message("the chapter is called attested, and all its sources have reliability D")
        cure = message("find a better source, or write deduced or hypothetical")
        document.question("unverified", (*key, "evidence"), cause, cure)


def _check_scene(document: TomlDocument, key: KeyPath, scene: Scene, catalogue: Catalogue) -> None:
    if scene.kind == MODEL_SCENE:
        _check_model(document, key, scene, catalogue)
    elif scene.kind == MAP_SCENE and not scene.file:
        cause, cure = message("the file is still missing"), message("name it once it exists")
        document.question("not written", (*key, "file"), cause, cure)
    elif scene.kind == MAP_SCENE:
        _check_map(document, key, scene, catalogue)


def _check_map(document: TomlDocument, key: KeyPath, scene: Scene, catalogue: Catalogue) -> None:
    if found_file(document, (*key, "file"), scene.file) is None:
        return
    shown = catalogue.scenes.get(scene.map_name)
    if shown is None or shown.document.path != document.path.parent / scene.file:
        cause = message("'%(file)s' is not a map that moves", file=scene.file)
        document.error("wrong value", (*key, "file"), cause, message("name a file NAME.scene.toml beside this one"))
    else:
        check_link(document, (*key, "event"), "event", scene.event, {each.id for each in shown.of.event})


def _check_model(document: TomlDocument, key: KeyPath, of: Scene | Question, catalogue: Catalogue) -> None:
    if not of.site or not of.state:
        cause, cure = message("the model is not named"), message("write site and state")
        document.question("not written", key, cause, cure)
        return
    check_link(document, (*key, "site"), "site", of.site, set(catalogue.sites))
    if of.site in catalogue.sites:
        states = {each.id for each in catalogue.sites[of.site].of.state}
        check_link(document, (*key, "state"), "state", of.state, states)


def _check_doubt(document: TomlDocument, key: KeyPath, doubt: Doubt, sources: Collection[str]) -> None:
    if len(doubt.version) == 1:
        cause = message("a doubt needs at least two versions")
        cure = message("add what other sources say, or tell it in the text")
        document.error("missing key", (*key, "version"), cause, cure)
    for number, version in enumerate(doubt.version):
        _check_names(document, (*key, "version", number, "sources"), "source", version.sources, sources)


def _check_question(
    document: TomlDocument, key: KeyPath, question: Question, sources: Collection[str], catalogue: Catalogue
) -> None:
    _check_names(document, (*key, "sources"), "source", question.sources, sources)
    if question.by == BY_MODEL:
        _check_model(document, key, question, catalogue)
        if question.site in catalogue.sites:
            ids = {each.id for each in catalogue.sites[question.site].of.annotation if each.state == question.state}
            check_link(document, (*key, "annotation"), "annotation", question.annotation, ids)
        if not question.annotation:
            cause, cure = message("nothing says what to tap"), message("write annotation = with its id")
            document.question("not written", (*key, "annotation"), cause, cure)
    elif question.by == BY_MAP and (question.position is None or question.position.point is None):
        cause, cure = message("nothing says what to tap"), message("write [chapter.question.position]")
        document.question("not written", (*key, "position"), cause, cure)
    elif question.by not in ("", BY_MAP) and not question.open and not question.option and not question.accepted:
        cause = message("the question has no right answer")
        cure = message("add [[chapter.question.option]] or accepted, or write open = true")
        document.question("not written", key, cause, cure)
    if question.option and not question.open and not any(option.right for option in question.option):
        cause, cure = message("none of the options is right"), message("write right = true on one, or open = true")
        document.error("wrong value", (*key, "option"), cause, cure)


def _check_way(document: TomlDocument, key: KeyPath, way: Way, trail: Trail, catalogue: Catalogue) -> None:
    if way.trail:
        check_link(document, (*key, "trail"), "trail", way.trail, set(catalogue.trails))
        if way.trail not in catalogue.trails:
            return
        trail = catalogue.trails[way.trail].of
    check_link(document, (*key, "to"), "chapter", way.to, {each.id for each in trail.chapter})


def _check_minutes(document: TomlDocument, trail: Trail) -> None:
    """Ask once how long the trail takes: pages tell it as soon as each chapter that is not optional has its minutes."""
    missing = [number for number, each in enumerate(trail.chapter) if each.minutes is None and not each.optional]
    if missing:
        cause = message("how long the trail takes is not known")
        cure = message("walk or read it, then write minutes for each chapter that is not optional")
        document.question("not written", ("chapter", missing[0], "minutes"), cause, cure)


def _check_reach(document: TomlDocument, trail: Trail) -> None:
    """Report chapters that no way leads to."""
    numbers = {chapter.id: number for number, chapter in enumerate(trail.chapter)}
    reached, waiting = set[int](), [0] if trail.chapter else []
    while waiting:
        number = waiting.pop()
        if number not in reached:
            reached.add(number)
            ways = (way for way in trail.ways_from(number) if not way.trail)
            waiting += [numbers[way.to] for way in ways if way.to in numbers]
    for number in sorted(set(range(len(trail.chapter))) - reached):
        cause, cure = message("no way leads to this chapter"), message("add a [[chapter.way]] to it, or remove it")
        document.error("dead end", ("chapter", number), cause, cure)
