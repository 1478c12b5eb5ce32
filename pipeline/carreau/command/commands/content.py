"""Commands on the catalogue: check, new, import, texts and export."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carreau.base.errors import OptionError, ScanError, cannot_read
from carreau.base.messages import Message, message
from carreau.command.commands.output import show

if TYPE_CHECKING:
    from carreau.desk.spreadsheets.saving import Outcome
    from carreau.desk.spreadsheets.sheet import Plan


def check(chosen: argparse.Namespace) -> int:
    """Check the catalogue."""
    from carreau.catalogue.checks.check_catalogue import check_folder
    from carreau.catalogue.i18n.check_translations import check_texts
    from carreau.exports.standards.datatourisme import check_tourism

    result = check_folder(chosen.assets, lambda catalogue: [*check_texts(catalogue), *check_tourism(catalogue)])
    if chosen.page:
        from carreau.base.files import write_whole
        from carreau.models.reports.check_page import make_check_page

        write_whole(chosen.page, make_check_page(result.as_json(), chosen.lang))
    show(result, chosen.json)
    return result.exit_code


def new(chosen: argparse.Namespace) -> int:
    """Create a site, a route, a state or the measured facts of a massing model."""
    from carreau.catalogue.scaffold import scaffold

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
        from carreau.catalogue.i18n.extraction import extract

        show(extract(catalogue, locales))
    elif chosen.action == "status":
        from carreau.catalogue.i18n.check_translations import status_of

        status = status_of(catalogue, locales, chosen.site)
        if chosen.page:
            from carreau.base.files import write_whole
            from carreau.models.reports.check_page import make_texts_page

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
    from carreau.exports.records.record import Publication
    from carreau.runs.streams import counter_for

    if chosen.list or not chosen.format:
        print("\n".join(listing()))
        return 0
    asked = ExportOptions(
        chosen.format, chosen.out, chosen.assets, tuple(chosen.site), tuple(chosen.route), chosen.lang,
        chosen.base_url, chosen.models, Publication(publisher=chosen.publisher, aggregator=chosen.aggregator),
        tuple(chosen.trail),
    )  # fmt: skip
    exported = export(asked, counter_for(sys.stderr))
    show(exported, chosen.json)
    return exported.exit_code


@dataclass(frozen=True)
class _Result:
    """What sheets change, and what became of it where it was written."""

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
    from carreau.desk.spreadsheets.saving import csv_of, ods_of

    out: Path = chosen.out
    if out.suffix.lower() == ".ods":
        files = {out: ods_of(chosen.assets)}
    elif out.suffix:
        raise OptionError(message("--out: name a file that ends in .ods, or a folder for CSV files"))
    else:
        files = {out / name: content for name, content in csv_of(chosen.assets, chosen.separator).items()}
    write_all(files)
    for path in files:
        print(path)
    return 0


def _import(chosen: argparse.Namespace) -> int:
    from carreau.desk.history import History
    from carreau.desk.spreadsheets.plan import planned
    from carreau.desk.spreadsheets.saving import prepared, read_sheets, saved

    found = [sheet for path in chosen.files for sheet in read_sheets(path.name, _content(path))]
    plan = planned(chosen.assets, found)
    outcome = None
    if chosen.write:
        history = History(chosen.assets)
        outcome = saved(chosen.assets, prepared(plan), history, history.own_editor(_user()))
    show(_Result(plan, outcome), chosen.json)
    return 2 if outcome is not None and outcome.refused else 0


def _content(path: Path) -> bytes:
    from carreau.desk.spreadsheets.saving import LARGEST_BYTES

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
