"""The commands on the catalogue, from check to sheets, and its aids: georeference, route, survey and stats."""

from __future__ import annotations

import argparse
import getpass
import math
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from carreau.air.survey.services import NAME, Services, read_services
from carreau.base.errors import OptionError, ScanError, cannot_read
from carreau.base.messages import Line, Message, message
from carreau.command.output import print_failure, progress_translator, show
from carreau.runs.cache import default_root
from carreau.runs.failures import Failure
from carreau.runs.progress import Transfer
from carreau.runs.progress_display import transfer_for

if TYPE_CHECKING:
    from carreau.aids.route_lines import RoutesResult
    from carreau.aids.survey_sites import SurveyResult
    from carreau.air.survey.check_services import ServiceChecks
    from carreau.air.survey.http_client import HttpClient
    from carreau.air.survey.services import Services
    from carreau.air.survey.source import Source
    from carreau.desk.spreadsheet import Plan
    from carreau.desk.spreadsheet_files import Outcome
    from carreau.runs.progress import Transfer


def check(chosen: argparse.Namespace) -> int:
    """Check the catalogue."""
    from carreau.catalogue.check_catalogue import check_folder
    from carreau.catalogue.i18n.check_translations import check_texts
    from carreau.exports.datatourisme import check_tourism

    result = check_folder(chosen.assets, lambda catalogue: [*check_texts(catalogue), *check_tourism(catalogue)])
    if chosen.page:
        from carreau.base.files import write_whole
        from carreau.models.reports.overview_pages import make_check_page

        write_whole(chosen.page, make_check_page(result.as_json(), chosen.lang))
    show(result, chosen.json)
    return result.exit_code


def new(chosen: argparse.Namespace) -> int:
    """Create a site, a route, a state, the measured facts of a massing model, or a first reconstruction."""
    from carreau.catalogue.catalogue import scaffold

    print(scaffold(chosen.what, chosen.name, chosen.assets))
    return 0


def import_(chosen: argparse.Namespace) -> int:
    """Import a place from another program."""
    from carreau.base.languages import locales_beside
    from carreau.exports.importing.move_in import import_place

    locales = chosen.locales or locales_beside(chosen.assets)
    show(import_place(chosen.source, chosen.assets, locales, chosen.slug), chosen.json)
    return 0


def texts(chosen: argparse.Namespace) -> int:
    """Extract, count, export or import texts for translators."""
    from carreau.base.languages import locales_beside
    from carreau.catalogue.catalogue import read_catalogue

    catalogue, locales = read_catalogue(chosen.assets), chosen.locales or locales_beside(chosen.assets)
    if chosen.action == "extract":
        from carreau.catalogue.i18n.source_texts import extract

        show(extract(catalogue, locales))
    elif chosen.action == "status":
        from carreau.catalogue.i18n.check_translations import count_status

        status = count_status(catalogue, locales, chosen.site)
        if chosen.page:
            from carreau.base.files import write_whole
            from carreau.models.reports.overview_pages import make_texts_page

            write_whole(chosen.page, make_texts_page(status.as_json(), chosen.lang))
        show(status, chosen.json)
    elif chosen.action == "export":
        from carreau.catalogue.i18n.text_exchange import export_texts, format_for

        form = chosen.format or format_for(chosen.out)
        show(export_texts(catalogue, locales, chosen.lang, chosen.out, chosen.site, form))
    else:
        from carreau.catalogue.i18n.text_exchange import import_texts, open_delivery

        show(import_texts(catalogue, locales, [open_delivery(path) for path in chosen.files]))
    return 0


def export(chosen: argparse.Namespace) -> int:
    """Export the catalogue."""
    from carreau.exports.export import ExportOptions, export
    from carreau.exports.formats import listing
    from carreau.exports.record import Publication
    from carreau.runs.progress_display import counter_for

    if chosen.list or not chosen.format:
        print("\n".join(listing()))
        return 0
    options = ExportOptions(
        chosen.format, chosen.out, chosen.assets, tuple(chosen.site), tuple(chosen.route), chosen.lang,
        chosen.base_url, chosen.models, Publication(publisher=chosen.publisher, aggregator=chosen.aggregator),
        tuple(chosen.trail),
    )  # fmt: skip
    exported = export(options, counter_for(sys.stderr))
    show(exported, chosen.json)
    return exported.exit_code


@dataclass(frozen=True)
class _Result:
    """The changes that sheets make, and their outcome where they were written."""

    plan: Plan
    outcome: Outcome | None

    def lines(self) -> list[Message]:
        """Return a line for each change, each remark, and what was saved."""
        return [*self.plan.lines(), *(self.outcome.lines() if self.outcome else [])]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return {**self.plan.as_json(), **(self.outcome.as_json() if self.outcome else {})}


def sheets(chosen: argparse.Namespace) -> int:
    """Write spreadsheets, or read them."""
    return _export(chosen) if chosen.action == "export" else _import(chosen)


def _export(chosen: argparse.Namespace) -> int:
    from carreau.base.files import write_all
    from carreau.desk.spreadsheet_files import write_csv, write_ods

    out: Path = chosen.out
    if out.suffix.lower() == ".ods":
        files = {out: write_ods(chosen.assets)}
    elif out.suffix:
        raise OptionError(message("--out: name a file that ends in .ods, or a folder for CSV files"))
    else:
        files = {out / name: content for name, content in write_csv(chosen.assets, chosen.separator).items()}
    write_all(files)
    for path in files:
        print(path)
    return 0


def _import(chosen: argparse.Namespace) -> int:
    from carreau.desk.history import History
    from carreau.desk.spreadsheet_files import prepare, read_sheets, save_places
    from carreau.desk.spreadsheet_plan import plan_changes

    sheets = [sheet for path in chosen.files for sheet in read_sheets(path.name, _read_content(path))]
    plan = plan_changes(chosen.assets, sheets)
    outcome = None
    if chosen.write:
        history = History(chosen.assets)
        outcome = save_places(chosen.assets, prepare(plan), history, history.own_editor(_user()))
    show(_Result(plan, outcome), chosen.json)
    return 2 if outcome is not None and outcome.refused else 0


def _read_content(path: Path) -> bytes:
    from carreau.desk.spreadsheet_files import LARGEST_BYTES

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScanError(path, "", cannot_read(error), message("check its name and its permissions")) from error
    if len(content) > LARGEST_BYTES:
        cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
        raise ScanError(path, "", cause, message("leave out what is not needed"))
    return content


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "carreau"


def georeference(chosen: argparse.Namespace) -> int:
    """Georeference a scan of an old map."""
    from carreau.aids.georeference import GeoreferenceOptions
    from carreau.aids.georeference import georeference as run

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
        from carreau.aids.route_lines import RouteOptions, check_routing, route_lines
        from carreau.air.survey.services import today

        if chosen.check:
            return check_routing(source, services)
        options = RouteOptions(chosen.routes, chosen.all, today(), chosen.gpx, chosen.dry_run, chosen.refresh)
        return route_lines(chosen.assets, source, services, options, transfer)

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
        from carreau.aids.survey_sites import SurveyOptions, choose_sites, survey_sites
        from carreau.air.survey.check_services import check_services

        if chosen.check:
            return check_services(source, services)
        if chosen.territory:
            return _territory(chosen, source, services, transfer)
        options = SurveyOptions(chosen.buffer, chosen.dry_run, chosen.refresh, chosen.whole_files)
        sites = choose_sites(chosen.assets, chosen.sites, chosen.all)
        return survey_sites(sites, source, services, options, transfer)

    return ask_services(chosen, run)


def _territory(chosen: argparse.Namespace, source: Source, services: Services, transfer: Transfer) -> SurveyResult:
    from carreau.aids.survey_sites import SiteOutcome, SurveyResult
    from carreau.air.survey.gather import TERRITORY_FOLDER, gather_territory, planned_territory
    from carreau.air.survey.services import today

    text = (
        planned_territory(chosen.assets, services)
        if chosen.dry_run
        else gather_territory(chosen.assets, source, services, today(), chosen.refresh, transfer)
    )
    return SurveyResult((SiteOutcome(TERRITORY_FOLDER, text, size_bytes=transfer.count.done),))


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
    from carreau.aids.visits import count_visits, make_csv, make_visits_page
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
        """Return what is printed."""

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
    with _cache_folder(chosen) as folder:
        answers = KeptAnswers(folder, services.client.keep_days)
        source = Source(client, answers, chosen.offline, renew=chosen.refresh or chosen.check)
        try:
            with _recording(chosen, client) as keep:
                result = run(source, services, transfer)
                keep(result)
        finally:
            transfer.close()
    show(result, chosen.json, chosen.quiet)
    for failure in result.failures():
        print_failure(failure)
    return result.exit_code


@contextmanager
def _cache_folder(chosen: argparse.Namespace) -> Iterator[Path]:
    """Yield the folder of what was received: an empty one for a recording, which would lack what is kept already."""
    if chosen.record is None:
        yield chosen.cache or default_root() / "survey"
        return
    with tempfile.TemporaryDirectory(prefix="carreau-") as folder:
        yield Path(folder)


@contextmanager
def _recording(chosen: argparse.Namespace, client: HttpClient) -> Iterator[Callable[[Result], None]]:
    """Yield what writes the answers of a client into the folder that `--record` names, if it does."""
    from carreau.air.survey.recording import Recorder, check_free
    from carreau.air.survey.services import today

    if chosen.record is None:
        yield lambda _result: None
        return
    if not chosen.check:
        raise OptionError(message("--record keeps what --check receives; add --check"))
    check_free(chosen.record)
    recorder = client.recorder = Recorder()
    yield lambda result: recorder.write(chosen.record, result.as_json(), version("carreau"), today().isoformat())


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
