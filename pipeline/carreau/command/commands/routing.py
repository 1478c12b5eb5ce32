"""The command route."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from pipeline.commands.services import ask_services, refuse_both
from pipeline.errors import OptionError
from pipeline.messages import message

if TYPE_CHECKING:
    from pipeline.console.transfer import Transfer
    from pipeline.routing.route_lines import RoutesResult
    from pipeline.survey.service_check import ServiceChecks
    from pipeline.survey.services import Services
    from pipeline.survey.source import Source


def route(chosen: argparse.Namespace) -> int:
    """Compute or import the lines of routes, or try the services."""
    _check_options(chosen)

    def run(source: Source, services: Services, transfer: Transfer) -> ServiceChecks | RoutesResult:
        from pipeline.routing.check_routing import check_routing
        from pipeline.routing.route_lines import RouteOptions, route_lines
        from pipeline.survey.credits import today

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
