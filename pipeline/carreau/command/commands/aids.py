"""The commands georeference, route, survey and stats."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from carreau.air.survey.services import NAME, Services, read_services
from carreau.base.errors import OptionError
from carreau.base.messages import Line, message
from carreau.command.commands.output import print_failure, progress_translator, show
from carreau.runs.cache import default_root
from carreau.runs.failures import Failure
from carreau.runs.progress import Transfer
from carreau.runs.streams import transfer_for

if TYPE_CHECKING:
    from carreau.aids.routing.route_lines import RoutesResult
    from carreau.aids.surveys.survey_sites import SurveyResult
    from carreau.air.survey.check_services import ServiceChecks
    from carreau.air.survey.services import Services
    from carreau.air.survey.source import Source
    from carreau.runs.progress import Transfer


def georeference(chosen: argparse.Namespace) -> int:
    """Georeference a scan of an old map."""
    from carreau.aids.georeference.georeference import GeoreferenceOptions
    from carreau.aids.georeference.georeference import georeference as run

    for name in ("source", "licence", "credit"):
        if not getattr(chosen, name).strip():
            raise OptionError(message("--%(name)s is empty: say whose the scan is", name=name))
    options = GeoreferenceOptions(
        chosen.scan, chosen.points, chosen.out, chosen.method, chosen.source, chosen.licence, chosen.credit
    )
    show(run(options), chosen.json)
    return 0


def route(chosen: argparse.Namespace) -> int:
    """Compute or import the lines of routes, or try the services."""
    _check_options(chosen)

    def run(source: Source, services: Services, transfer: Transfer) -> ServiceChecks | RoutesResult:
        from carreau.aids.routing.route_lines import RouteOptions, check_routing, route_lines
        from carreau.air.survey.services import today

        if chosen.check:
            return check_routing(source, services)
        options = RouteOptions(chosen.gpx, chosen.dry_run, chosen.refresh)
        return route_lines(chosen.assets, chosen.routes, chosen.all, source, services, options, transfer, today())

    return ask_services(chosen, run)


def _check_options(chosen: argparse.Namespace) -> None:
    """Raise OptionError for options that contradict each other, or make no sense."""
    # An imported line may replace another without the network.
    refuse_both(chosen, [("offline", "check")] if chosen.gpx else [("offline", "refresh"), ("offline", "check")])
    if chosen.gpx and (chosen.all or len(chosen.routes) != 1):
        raise OptionError(message("--gpx is the line of one route: name that route"))


WIDEST_BUFFER_M = 1000.0


def survey(chosen: argparse.Namespace) -> int:
    """Gather open aerial data of sites, or try the services."""
    _check_survey_options(chosen)

    def run(source: Source, services: Services, transfer: Transfer) -> ServiceChecks | SurveyResult:
        from carreau.aids.surveys.survey_sites import SurveyOptions, sites_of, survey_sites
        from carreau.air.survey.check_services import check_services

        if chosen.check:
            return check_services(source, services)
        if chosen.territory:
            return _territory(chosen, source, services, transfer)
        options = SurveyOptions(chosen.buffer, chosen.dry_run, chosen.refresh, chosen.whole_files)
        sites = sites_of(chosen.assets, chosen.sites, chosen.all)
        return survey_sites(sites, source, services, options, transfer)

    return ask_services(chosen, run)


def _territory(chosen: argparse.Namespace, source: Source, services: Services, transfer: Transfer) -> SurveyResult:
    from carreau.aids.surveys.survey_sites import SiteOutcome, SurveyResult
    from carreau.air.survey.services import today
    from carreau.air.survey.territory import FOLDER, gather_territory, planned_territory

    told = (
        planned_territory(chosen.assets, services)
        if chosen.dry_run
        else gather_territory(chosen.assets, source, services, today(), chosen.refresh, transfer)
    )
    return SurveyResult((SiteOutcome(FOLDER, told, size_bytes=transfer.count.done),))


def _check_survey_options(chosen: argparse.Namespace) -> None:
    """Raise OptionError for options that contradict each other, or make no sense."""
    refuse_both(chosen, (("offline", "refresh"), ("offline", "check")))
    if chosen.territory and (chosen.sites or chosen.all):
        raise OptionError(message("--territory stands alone, without sites and without --all"))
    if chosen.buffer is not None and not (math.isfinite(chosen.buffer) and 0 <= chosen.buffer <= WIDEST_BUFFER_M):
        text = message("--buffer %(value)s is not between 0 and %(most)s metres", value=str(chosen.buffer), most=1000)
        raise OptionError(text)


def stats(chosen: argparse.Namespace) -> int:
    """Count the visits in access logs; print them, and write a page and a table."""
    from carreau.aids.stats.counts import count_visits
    from carreau.aids.stats.visits_page import make_csv, make_visits_page
    from carreau.base.files import write_whole

    if chosen.since and chosen.until and chosen.until < chosen.since:
        text = message(
            "--until %(until)s is before --since %(since)s; exchange them, or leave one out",
            until=chosen.until,
            since=chosen.since,
        )
        raise OptionError(text)
    progress = transfer_for(sys.stderr, chosen.quiet, progress_translator())
    try:
        result = count_visits(chosen.logs, chosen.bundle, chosen.since or "", chosen.until or "", progress)
    finally:
        progress.close()
    if chosen.page:
        write_whole(chosen.page, make_visits_page(result, chosen.lang))
    if chosen.csv:
        write_whole(chosen.csv, make_csv(result.counts, result.published))
    show(result, chosen.json, chosen.quiet)
    return 0


class Result(Protocol):
    """What became of a command."""

    @property
    def exit_code(self) -> int:
        """0 unless something failed."""

    def lines(self) -> list[Line]:
        """What is printed of it."""

    def failures(self) -> list[Failure]:
        """What failed."""

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""


def ask_services(chosen: argparse.Namespace, run: Callable[[Source, Services, Transfer], Result]) -> int:
    """Run a command that asks services, print what became of it, and return the exit code."""
    from carreau.air.survey.http_client import HttpClient
    from carreau.air.survey.source import KeptAnswers, Source

    services = read_services(_changed_services(chosen))
    transfer = transfer_for(sys.stderr, chosen.quiet, progress_translator())
    client = HttpClient(services.client, on_bytes=transfer.receive)
    answers = KeptAnswers(chosen.cache or default_root() / "survey", services.client.keep_days)
    source = Source(client, answers, chosen.offline, renew=chosen.refresh or chosen.check)
    try:
        result = run(source, services, transfer)
    finally:
        transfer.close()
    show(result, chosen.json, chosen.quiet)
    for failure in result.failures():
        print_failure(failure)
    return result.exit_code


def refuse_both(chosen: argparse.Namespace, pairs: Iterable[tuple[str, str]]) -> None:
    """Raise OptionError where both options of a pair are given."""
    for one, other in pairs:
        if getattr(chosen, one) and getattr(chosen, other):
            raise OptionError(message("--%(one)s and --%(other)s exclude each other", one=one, other=other))


def _changed_services(chosen: argparse.Namespace) -> Path | None:
    """Return the file that changes services: the one that is named, else that of the catalogue."""
    if chosen.services is not None:
        return Path(chosen.services)
    own = Path(chosen.assets) / NAME
    return own if own.is_file() else None
