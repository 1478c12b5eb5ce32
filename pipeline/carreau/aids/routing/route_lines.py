"""Give routes their lines, one after another, and tell of each: computed, imported, as it was, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from carreau.aids.routing.computed_line import ComputedLine, Tours, computed_line, profile_of, tours_of, with_heights
from carreau.aids.routing.imported_line import imported_line
from carreau.aids.routing.route_sheet import write_line
from carreau.air.survey.services import Services
from carreau.air.survey.source import Source
from carreau.base.diagnostics import ERROR
from carreau.base.errors import CarreauError, OptionError, ScanError, UnreachableError
from carreau.base.messages import Line, Message, Number, joined, message, plural_message
from carreau.catalogue.catalogue import Catalogue, Entry, read_catalogue
from carreau.catalogue.ground_distance import Point
from carreau.catalogue.route import Route
from carreau.catalogue.route_line import RouteLine, read_line, rounded
from carreau.catalogue.route_measures import COMPUTED, measures_of
from carreau.catalogue.stop_positions import in_walk_order, positions_of, walk_order
from carreau.formats.geodata import OutlineError
from carreau.runs.console.failures import Failure
from carreau.runs.console.transfer import Transfer

_LEG_BYTES = 8_000
"""About as many have the ways between two stops, with their heights."""


@dataclass(frozen=True)
class RouteOptions:
    """What is wanted.

    gpx : file to import instead of computing a line
    dry_run : only tell what it would take
    refresh : compute a line again, or replace it by an imported one
    """

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
        return joined([self.slug, self.text], ": ")


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
    assets: Path, slugs: Sequence[str], every: bool, source: Source, services: Services, options: RouteOptions,
    transfer: Transfer, day: date,
) -> RoutesResult:  # fmt: skip
    """Give routes their lines; a failure of one keeps no other from its line, unless nothing answers at all.

    Raises OptionError for names of no route.
    """
    catalogue = read_catalogue(assets)
    outcomes = list[RouteOutcome]()
    chosen = _chosen(catalogue, slugs, every)
    for entry in chosen:
        transfer.expect(entry.slug, _LEG_BYTES * len(entry.of.stop))
    for entry in chosen:
        transfer.begin(entry.slug)
        try:
            outcomes.append(RouteOutcome(entry.slug, _one(entry, catalogue, source, services, options, day)))
        except UnreachableError as error:
            outcomes.append(RouteOutcome(entry.slug, error.message, error.exit_code))
            break
        except CarreauError as error:
            outcomes.append(RouteOutcome(entry.slug, error.message, error.exit_code))
        transfer.finish(entry.slug)
        if len(chosen) > 1:
            transfer.note(outcomes[-1].line)
    return RoutesResult(tuple(outcomes))


def _chosen(catalogue: Catalogue, slugs: Sequence[str], every: bool) -> list[Entry[Route]]:
    if every == bool(slugs):
        raise OptionError(message("name the routes, or use --all"))
    for slug in slugs:
        if slug not in catalogue.routes:
            known = tuple(catalogue.routes)
            raise OptionError(message("there is no route '%(name)s'; use one of: %(names)s", name=slug, names=known))
    return list(catalogue.routes.values()) if every else [catalogue.routes[slug] for slug in dict.fromkeys(slugs)]


def _one(
    entry: Entry[Route], catalogue: Catalogue, source: Source, services: Services, options: RouteOptions, day: date
) -> Message:
    wrong = next((each for each in entry.document.findings if each.level == ERROR), None)
    if wrong is not None:
        raise OptionError(wrong.message())
    positions = positions_of(entry.of, catalogue)
    former = _former(entry)
    is_computed = former is not None and bool(former.origin.profile)
    if former is not None and not options.refresh:
        if options.gpx is None and not is_computed:
            return message("has a path that was drawn or imported, %(file)s", file=entry.of.path)
        return message("has a path, %(file)s; --refresh replaces it", file=entry.of.path)
    if options.gpx is not None:
        return _import(entry, former, options.gpx, positions, catalogue.root, source, services, options, day)
    if former is not None and not is_computed:
        cause = message("its path %(file)s was drawn or imported, and is not computed again", file=entry.of.path)
        raise ScanError(entry.document.name, "path", cause, message('write path = "" to compute one'))
    walk = in_walk_order(entry, catalogue)
    tours = tours_of(walk, positions, walk_order(entry.of, catalogue))
    if options.dry_run:
        return _planned(walk, tours, services, catalogue)
    computed = computed_line(walk, tours, catalogue.root, source, services, day)
    if former is not None and (reason := _why_not(former, rounded(computed.line))):
        return reason
    return _written(walk, positions_of(walk.of, catalogue), computed, COMPUTED, former)


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
    entry: Entry[Route], former: RouteLine | None, file: Path, positions: Sequence[Point | None], assets: Path,
    source: Source, services: Services, options: RouteOptions, day: date,
) -> Message:  # fmt: skip
    imported = imported_line(file, positions, bool(entry.of.loop), day)
    if options.dry_run:
        length = Number(imported.line.effort.length_m / 1000, ",.1f")
        return joined([message("%(km)s km to import", km=length), *imported.remarks])
    raised = with_heights(imported.line, assets, source, services, day)
    line = ComputedLine(raised.line, (*imported.remarks, *raised.remarks))
    return _written(entry, positions, line, "measured" if imported.is_recorded else "documented", former)


def _planned(entry: Entry[Route], tours: Tours, services: Services, catalogue: Catalogue) -> Message:
    profile = profile_of(entry, services)
    ways = {(one[1], other[1]) for each in tours if each for one, other in each.legs}
    straight = measures_of(entry.of, positions_of(entry.of, catalogue), None).straight_km or 0.0
    return message(
        "%(ways)s (%(profile)s), at least %(km)s km",
        ways=plural_message("%(count)s way to ask for", "%(count)s ways to ask for", len(ways)),
        profile=profile,
        km=Number(straight, ",.1f"),
    )


def _written(
    entry: Entry[Route], positions: Sequence[Point | None], new: ComputedLine, path_measure: str,
    former: RouteLine | None,
) -> Message:  # fmt: skip
    is_new_way = former is None or former.points != rounded(new.line).points
    path = write_line(entry, new.line, path_measure, is_new_way)
    whole = new.line.effort
    text = message(
        "%(km)s km (%(straight)s km in straight lines), %(file)s",
        km=Number(whole.length_m / 1000, ",.1f"),
        straight=Number(measures_of(entry.of, positions, None).straight_km or 0.0, ",.1f"),
        file=path.name,
    )
    if whole.climb_m is not None:
        text = joined([text, message("%(metres)s m of climb", metres=Number(whole.climb_m, ",.0f"))], ", ")
    return joined([text, *new.remarks])
