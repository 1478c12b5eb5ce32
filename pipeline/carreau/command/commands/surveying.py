"""The command survey."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from carreau.aids.surveys.site_list import sites_of
from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.command.commands.services import ask_services, refuse_both

if TYPE_CHECKING:
    from carreau.aids.surveys.survey_sites import SurveyResult
    from carreau.air.survey.service_check import ServiceChecks
    from carreau.air.survey.services import Services
    from carreau.air.survey.source import Source
    from carreau.runs.console.transfer import Transfer

WIDEST_BUFFER_M = 1000.0


def survey(chosen: argparse.Namespace) -> int:
    """Gather open aerial data of sites, or try the services."""
    _check_options(chosen)

    def run(source: Source, services: Services, transfer: Transfer) -> ServiceChecks | SurveyResult:
        from carreau.aids.surveys.survey_sites import SurveyOptions, survey_sites
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
    from carreau.air.survey.credits import today
    from carreau.air.survey.territory import FOLDER, gather_territory, planned_territory

    told = (
        planned_territory(chosen.assets, services)
        if chosen.dry_run
        else gather_territory(chosen.assets, source, services, today(), chosen.refresh, transfer)
    )
    return SurveyResult((SiteOutcome(FOLDER, told, size_bytes=transfer.count.done),))


def _check_options(chosen: argparse.Namespace) -> None:
    """Raise OptionError for options that contradict each other, or make no sense."""
    refuse_both(chosen, (("offline", "refresh"), ("offline", "check")))
    if chosen.territory and (chosen.sites or chosen.all):
        raise OptionError(message("--territory stands alone, without sites and without --all"))
    if chosen.buffer is not None and not (math.isfinite(chosen.buffer) and 0 <= chosen.buffer <= WIDEST_BUFFER_M):
        text = message("--buffer %(value)s is not between 0 and %(most)s metres", value=str(chosen.buffer), most=1000)
        raise OptionError(text)
