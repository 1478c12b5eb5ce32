"""The command survey."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cache.cache import default_root
from pipeline.commands.output import print_failure, progress_translator, show
from pipeline.console.streams import transfer_for
from pipeline.console.transfer import Transfer
from pipeline.errors import OptionError
from pipeline.messages import message
from pipeline.survey.services import NAME, Services, read_services
from pipeline.survey.site_list import sites_of

if TYPE_CHECKING:
    from pipeline.survey.service_check import ServiceChecks
    from pipeline.survey.source import Source
    from pipeline.survey.survey_sites import SurveyResult

WIDEST_BUFFER_M = 1000.0


def survey(chosen: argparse.Namespace) -> int:
    """Gather open aerial data of sites, or try the services."""
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
) -> ServiceChecks | SurveyResult:
    from pipeline.survey.check_services import check_services
    from pipeline.survey.survey_sites import SurveyOptions, survey_sites

    if chosen.check:
        return check_services(source, services)
    if chosen.territory:
        return _territory(chosen, source, services, transfer)
    options = SurveyOptions(chosen.buffer, chosen.dry_run, chosen.refresh, chosen.whole_files)
    sites = sites_of(chosen.assets, chosen.sites, chosen.all)
    return survey_sites(sites, source, services, options, transfer)


def _territory(chosen: argparse.Namespace, source: Source, services: Services, transfer: Transfer) -> SurveyResult:
    from pipeline.survey.credits import today
    from pipeline.survey.survey_sites import SiteOutcome, SurveyResult
    from pipeline.survey.territory import FOLDER, gather_territory, planned_territory

    told = (
        planned_territory(chosen.assets, services)
        if chosen.dry_run
        else gather_territory(chosen.assets, source, services, today(), chosen.refresh, transfer)
    )
    return SurveyResult((SiteOutcome(FOLDER, told, size_bytes=transfer.count.done),))


def _check_options(chosen: argparse.Namespace) -> None:
    """Raise OptionError for options that contradict each other, or make no sense."""
    for one, other in (("offline", "refresh"), ("offline", "check")):
        if getattr(chosen, one) and getattr(chosen, other):
            raise OptionError(message("--%(one)s and --%(other)s exclude each other", one=one, other=other))
    if chosen.territory and (chosen.sites or chosen.all):
        raise OptionError(message("--territory stands alone, without sites and without --all"))
    if chosen.buffer is not None and not (math.isfinite(chosen.buffer) and 0 <= chosen.buffer <= WIDEST_BUFFER_M):
        text = message("--buffer %(value)s is not between 0 and %(most)s metres", value=str(chosen.buffer), most=1000)
        raise OptionError(text)


def override(chosen: argparse.Namespace) -> Path | None:
    """Return the file that changes services: the one that is named, else that of the catalogue."""
    if chosen.services is not None:
        return Path(chosen.services)
    own = chosen.assets / NAME
    return own if own.is_file() else None
