"""The command route."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.command.commands.services import ask_services, refuse_both

if TYPE_CHECKING:
    from carreau.aids.routing.route_lines import RoutesResult
    from carreau.air.survey.service_check import ServiceChecks
    from carreau.air.survey.services import Services
    from carreau.air.survey.source import Source
    from carreau.runs.console.transfer import Transfer


def route(chosen: argparse.Namespace) -> int:
    """Compute or import the lines of routes, or try the services."""
    _check_options(chosen)

    def run(source: Source, services: Services, transfer: Transfer) -> ServiceChecks | RoutesResult:
        from carreau.aids.routing.check_routing import check_routing
        from carreau.aids.routing.route_lines import RouteOptions, route_lines
        from carreau.air.survey.credits import today

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
