"""The command route."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cache.cache import default_root
from pipeline.commands.output import print_failure, progress_translator, show
from pipeline.commands.surveying import override
from pipeline.console.streams import transfer_for
from pipeline.errors import OptionError
from pipeline.messages import message
from pipeline.survey.services import read_services

if TYPE_CHECKING:
    from pipeline.console.transfer import Transfer
    from pipeline.routing.route_lines import RoutesResult
    from pipeline.survey.service_check import ServiceChecks
    from pipeline.survey.services import Services
    from pipeline.survey.source import Source


def route(chosen: argparse.Namespace) -> int:
    """Compute or import the lines of routes, or try the services."""
    from pipeline.survey.http_client import HttpClient
    from pipeline.survey.kept_answers import KeptAnswers
    from pipeline.survey.source import Source

    _check_options(chosen)
    services = read_services(override(chosen))
    transfer = transfer_for(sys.stderr, chosen.quiet, progress_translator())
    client = HttpClient(services.client, on_bytes=transfer.receive)
    kept = KeptAnswers(chosen.cache or default_root() / "survey", services.client.keep_days)
    source = Source(client, kept, chosen.offline, renew=chosen.refresh or chosen.check)
    try:
        result = _result(chosen, source, services, transfer)
    finally:
        transfer.close()
    show(result, chosen.json, chosen.quiet)
    for failure in result.failures():
        print_failure(failure)
    return result.exit_code


def _result(
    chosen: argparse.Namespace, source: Source, services: Services, transfer: Transfer
) -> ServiceChecks | RoutesResult:
    from pipeline.routing.check_routing import check_routing
    from pipeline.routing.route_lines import RouteOptions, route_lines
    from pipeline.survey.credits import today

    if chosen.check:
        return check_routing(source, services)
    options = RouteOptions(Path(chosen.gpx) if chosen.gpx else None, chosen.dry_run, chosen.refresh)
    return route_lines(chosen.assets, chosen.routes, chosen.all, source, services, options, transfer, today())


def _check_options(chosen: argparse.Namespace) -> None:
    """Raise OptionError for options that contradict each other, or make no sense."""
    exclusive = [("offline", "check")] if chosen.gpx else [("offline", "refresh"), ("offline", "check")]
    for one, other in exclusive:
        if getattr(chosen, one) and getattr(chosen, other):
            raise OptionError(message("--%(one)s and --%(other)s exclude each other", one=one, other=other))
    if chosen.gpx and (chosen.all or len(chosen.routes) != 1):
        raise OptionError(message("--gpx is the line of one route: name that route"))
