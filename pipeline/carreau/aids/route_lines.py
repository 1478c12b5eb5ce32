"""Give routes their lines, one after another, and tell of each: computed, imported, as it was, or why not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from carreau.aids.computed_line import (
    SEE_CHECK,
    ComputedLine,
    NoWayError,
    Tours,
    asked_heights,
    computed_line,
    find_profile,
    json_answer,
    plan_tours,
    way_between,
    with_heights,
)
from carreau.aids.imported_line import imported_line
from carreau.air.survey.check_services import ServiceChecks, try_service
from carreau.air.survey.services import Services
from carreau.air.survey.source import Source
from carreau.base.errors import ERROR, CarreauError, OptionError, ScanError, ServiceError, UnreachableError
from carreau.base.files import write_all
from carreau.base.messages import Line, Message, Number, join_messages, message, plural_message
from carreau.base.toml_places import with_value, write_toml
from carreau.catalogue.catalogue import Catalogue, Entry, read_catalogue
from carreau.catalogue.route import Point, Route, RouteLine, length_m, line_bytes, read_line, round_line
from carreau.catalogue.route_measures import COMPUTED, in_walk_order, list_positions, measure_route, walk_order
from carreau.formats.geodata import OutlineError
from carreau.runs.failures import Failure
from carreau.runs.progress import Transfer

_LEG_BYTES = 8_000
"""About as many have the ways between two stops, with their heights."""


@dataclass(frozen=True)
class RouteOptions:
    """What is wanted.

    slugs, every : names of routes, or all of them
    day : of today
    gpx : file to import instead of computing a line
    dry_run : only tell what it would take
    refresh : compute a line again, or replace it by an imported one
    """

    slugs: Sequence[str]
    every: bool
    day: date
    gpx: Path | None = None
    dry_run: bool = False
    refresh: bool = False


@dataclass(frozen=True)
class RouteOutcome:
    """What became of a route.

    exit_code : 0 unless it failed
    """

    slug: str
    text: Message
    exit_code: int = 0

    @property
    def line(self) -> Message:
        """Return the text with the name of the route."""
        return join_messages([self.slug, self.text], ": ")


@dataclass(frozen=True)
class RoutesResult:
    """What became of all routes."""

    outcomes: tuple[RouteOutcome, ...]

    @property
    def exit_code(self) -> int:
        """Return 1 if a service or the disk failed, else 2 if an input was bad, else 0."""
        codes = {each.exit_code for each in self.outcomes}
        return next((code for code in (1, 2) if code in codes), max(codes, default=0))

    def lines(self) -> list[Line]:
        """Return a line for each route that did not fail."""
        return [each.line for each in self.outcomes if not each.exit_code]

    def failures(self) -> list[Failure]:
        """Return what failed."""
        return [Failure(each.line, each.exit_code) for each in self.outcomes if each.exit_code]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "routes": [
                {"route": each.slug, "text": str(each.text), "exit_code": each.exit_code} for each in self.outcomes
            ]
        }


def route_lines(
    assets: Path, source: Source, services: Services, options: RouteOptions, transfer: Transfer
) -> RoutesResult:
    """Give routes their lines; a failure of one keeps no other from its line, unless nothing answers at all.

    Raises OptionError for names of no route.
    """
    catalogue = read_catalogue(assets)
    outcomes = list[RouteOutcome]()
    chosen = _choose_routes(catalogue, options.slugs, options.every)
    for entry in chosen:
        transfer.expect(entry.slug, _LEG_BYTES * len(entry.of.stop))
    for entry in chosen:
        transfer.begin(entry.slug)
        try:
            outcomes.append(RouteOutcome(entry.slug, _one(entry, catalogue, source, services, options)))
        except UnreachableError as error:
            outcomes.append(RouteOutcome(entry.slug, error.message, error.exit_code))
            break
        except CarreauError as error:
            outcomes.append(RouteOutcome(entry.slug, error.message, error.exit_code))
        transfer.finish(entry.slug)
        if len(chosen) > 1:
            transfer.note(outcomes[-1].line)
    return RoutesResult(tuple(outcomes))


def _choose_routes(catalogue: Catalogue, slugs: Sequence[str], every: bool) -> list[Entry[Route]]:
    if every == bool(slugs):
        raise OptionError(message("name the routes, or use --all"))
    for slug in slugs:
        if slug not in catalogue.routes:
            known = tuple(catalogue.routes)
            raise OptionError(message("there is no route '%(name)s'; use one of: %(names)s", name=slug, names=known))
    return list(catalogue.routes.values()) if every else [catalogue.routes[slug] for slug in dict.fromkeys(slugs)]


def _one(
    entry: Entry[Route], catalogue: Catalogue, source: Source, services: Services, options: RouteOptions
) -> Message:
    wrong = next((each for each in entry.document.findings if each.level == ERROR), None)
    if wrong is not None:
        raise OptionError(wrong.message())
    positions = list_positions(entry.of, catalogue)
    former = _former(entry)
    is_computed = former is not None and bool(former.origin.profile)
    if former is not None and not options.refresh:
        if options.gpx is None and not is_computed:
            return message("has a path that was drawn or imported, %(file)s", file=entry.of.path)
        return message("has a path, %(file)s; --refresh replaces it", file=entry.of.path)
    if options.gpx is not None:
        return _import(entry, former, options.gpx, catalogue, source, services, options)
    if former is not None and not is_computed:
        cause = message("its path %(file)s was drawn or imported, and is not computed again", file=entry.of.path)
        raise ScanError(entry.document.name, "path", cause, message('write path = "" to compute one'))
    walk = in_walk_order(entry, catalogue)
    tours = plan_tours(walk, positions, walk_order(entry.of, catalogue))
    if options.dry_run:
        return _describe_plan(walk, tours, services, catalogue)
    computed = computed_line(walk, tours, catalogue.root, source, services, options.day)
    if former is not None and (reason := _why_not(former, round_line(computed.line))):
        return reason
    return _write_line(walk, list_positions(walk.of, catalogue), computed, COMPUTED, former)


def _former(entry: Entry[Route]) -> RouteLine | None:
    """Return the line that a route has; raises ScanError for a file that is none."""
    if not entry.of.path:
        return None
    path = entry.folder / entry.of.path
    try:
        return read_line(path)
    except OutlineError as error:
        raise ScanError(path, "", error.cause, error.cure) from error


def _why_not(former: RouteLine, line: RouteLine) -> Message | None:
    """Return why a line is not written over another: it says nothing new; None if it does.

    line : rounded
    """
    if former.points != line.points:
        return None
    if former.heights and not line.heights:
        return message("up to date, with the heights of before: the service gave none")
    is_same = (former.heights, former.origin.without_optional) == (line.heights, line.origin.without_optional)
    return message("up to date") if is_same else None


def _import(
    entry: Entry[Route], former: RouteLine | None, file: Path, catalogue: Catalogue,
    source: Source, services: Services, options: RouteOptions,
) -> Message:  # fmt: skip
    positions = list_positions(entry.of, catalogue)
    imported = imported_line(file, positions, bool(entry.of.loop), options.day)
    if options.dry_run:
        length = Number(imported.line.effort.length_m / 1000, ",.1f")
        return join_messages([message("%(km)s km to import", km=length), *imported.remarks])
    raised = with_heights(imported.line, catalogue.root, source, services, options.day)
    line = ComputedLine(raised.line, (*imported.remarks, *raised.remarks))
    return _write_line(entry, positions, line, "measured" if imported.is_recorded else "documented", former)


def _describe_plan(entry: Entry[Route], tours: Tours, services: Services, catalogue: Catalogue) -> Message:
    profile = find_profile(entry, services)
    ways = {(one[1], other[1]) for each in tours if each for one, other in each.legs}
    straight = measure_route(entry.of, list_positions(entry.of, catalogue), None).straight_km or 0.0
    return message(
        "%(ways)s (%(profile)s), at least %(km)s km",
        ways=plural_message("%(count)s way to ask for", "%(count)s ways to ask for", len(ways)),
        profile=profile,
        km=Number(straight, ",.1f"),
    )


def _write_line(
    entry: Entry[Route], positions: Sequence[Point | None], new: ComputedLine, path_measure: str,
    former: RouteLine | None,
) -> Message:  # fmt: skip
    is_new_way = former is None or former.points != round_line(new.line).points
    path = write_line(entry, new.line, path_measure, is_new_way)
    whole = new.line.effort
    text = message(
        "%(km)s km (%(straight)s km in straight lines), %(file)s",
        km=Number(whole.length_m / 1000, ",.1f"),
        straight=Number(measure_route(entry.of, positions, None).straight_km or 0.0, ",.1f"),
        file=path.name,
    )
    if whole.climb_m is not None:
        text = join_messages([text, message("%(metres)s m of climb", metres=Number(whole.climb_m, ",.0f"))], ", ")
    return join_messages([text, *new.remarks])


OF_LINE = "tracé"
"""What a `[[rights]]` table is of that belongs to the line."""


def write_line(entry: Entry[Route], line: RouteLine, path_measure: str, is_new_way: bool) -> Path:
    """Write a line as GeoJSON beside the file of its route, both or neither, and return where.

    is_new_way : whether it leads elsewhere than the one before, so that nobody has walked it
    Raises OptionError where the file of the route cannot be changed by a program, StorageError where the disk refuses.
    """
    sheet = entry.document.path
    path = sheet.with_name(f"{entry.slug}.geojson")
    values: dict[str, Any] = {"path": path.name, "path_measure": path_measure}
    if is_new_way and entry.of.walked is not None:
        values["walked"] = False
    rights = {"of": OF_LINE, "credit": line.origin.credit, "licence": line.origin.licence, "url": line.origin.source}
    before = sheet.read_bytes()
    has_rights = bool(line.origin.credit) or any(each.of == OF_LINE for each in entry.of.rights)
    text = change_text(before.decode("utf-8-sig"), sheet, values, rights if has_rights else {})
    mark = "\ufeff" if before.startswith(b"\xef\xbb\xbf") else ""
    write_all({path: line_bytes(line), sheet: (mark + text).encode()})
    return path


def change_text(text: str, sheet: Path, values: Mapping[str, Any], rights: Mapping[str, str]) -> str:
    """Return the text of a file with other values of some keys, and with a `[[rights]]` table.

    values : by key at the top of the file; one that is missing is added behind the last one there
    rights : values of the table whose `of` is theirs; empty for none
    Raises OptionError where that would change anything else.
    """
    data = tomllib.loads(text)
    new, wanted = text.replace("\r\n", "\n"), {**data, **values}
    for key, value in values.items():
        new = with_value(new, (key,), value)
    if rights:
        wanted, new = _with_rights(data, wanted, new, rights)
    try:
        is_right = tomllib.loads(new) == wanted
    except ValueError:
        is_right = False
    if not is_right:
        raise OptionError(
            message(
                '%(file)s: its keys stand in a way that a program cannot change; write path = "%(path)s" yourself',
                file=str(sheet),
                path=str(values.get("path", "")),
            )
        )
    return new.replace("\n", "\r\n") if "\r\n" in text else new


def _with_rights(
    data: dict[str, Any], wanted: dict[str, Any], text: str, rights: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """Return the values and the text with a table of rights, renewed or added at the end."""
    tables = [dict(each) for each in data.get("rights", [])]
    place = next((place for place, each in enumerate(tables) if each.get("of") == rights["of"]), None)
    if place is None:
        block = "\n".join(["[[rights]]", *(f"{key} = {write_toml(value)}" for key, value in rights.items())])
        return {**wanted, "rights": [*tables, dict(rights)]}, f"{text.rstrip()}\n\n{block}\n"
    for key in rights:
        if key in tables[place]:
            text = with_value(text, ("rights", place, key), rights[key])
            tables[place][key] = rights[key]
    return {**wanted, "rights": tables}, text


def check_routing(source: Source, services: Services) -> ServiceChecks:
    """Ask the service for its list of resources, for one way, and for one height."""
    way, heights = services.way, services.heights
    start, end = way.checked[0], way.checked[-1]

    def list_way() -> Message:
        names = json_answer(source, way, way.capabilities, lambda data: set(_texts(data)), use_kept=False)
        missing = tuple(each for each in (way.resource, *dict.fromkeys(way.profiles.values())) if each not in names)
        if missing:
            raise ServiceError(way.title, message("it does not list %(names)s", names=missing), SEE_CHECK)
        others = tuple(sorted(names & {"bicycle", "bike", "cycling"}))
        if others:
            return message("it lists %(names)s now: name it for bike in services.toml", names=others)
        return message("%(resource)s is listed, no bicycles", resource=way.resource)

    def walk_way() -> Message:
        try:
            leg = way_between(source, way, next(iter(way.profiles.values())), start, end)
        except NoWayError as error:
            raise ServiceError(way.title, error.cause, SEE_CHECK) from error
        return message(
            "%(metres)s m, data of %(version)s", metres=Number(length_m(leg.points), ",.0f"), version=leg.version or "?"
        )

    def height() -> Message:
        [metres] = asked_heights([start], source, heights)
        return message("%(metres)s m above the sea", metres=Number(metres, ",.0f"))

    names = (f"{way.title} ({way.resource})", way.title, heights.title)
    return ServiceChecks(tuple(map(try_service, names, (list_way, walk_way, height))))


def _texts(data: Any) -> Iterator[str]:
    """Yield every text of a document."""
    if isinstance(data, str):
        yield data
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _texts(each)
