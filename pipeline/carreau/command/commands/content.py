"""Commands on the catalogue: check, new, import, texts and export."""

from __future__ import annotations

import argparse
import sys

from carreau.command.commands.output import show


def check(chosen: argparse.Namespace) -> int:
    """Check the catalogue."""
    from carreau.catalogue.checks.check_catalogue import check_folder
    from carreau.catalogue.i18n.check_translations import check_texts
    from carreau.exports.check_tourism import check_tourism

    result = check_folder(chosen.assets, lambda catalogue: [*check_texts(catalogue), *check_tourism(catalogue)])
    if chosen.page:
        from carreau.base.atomic_write import write_whole
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
    from carreau.base.i18n.languages import locales_beside
    from carreau.exports.importing.move_in import import_place

    locales = chosen.locales or locales_beside(chosen.assets)
    show(import_place(chosen.source, chosen.assets, locales, chosen.slug), chosen.json)
    return 0


def texts(chosen: argparse.Namespace) -> int:
    """Extract, count, export or import texts for translators."""
    from carreau.base.i18n.languages import locales_beside
    from carreau.catalogue.catalogue import read_catalogue

    catalogue, locales = read_catalogue(chosen.assets), chosen.locales or locales_beside(chosen.assets)
    if chosen.action == "extract":
        from carreau.catalogue.i18n.extraction import extract

        show(extract(catalogue, locales))
    elif chosen.action == "status":
        from carreau.catalogue.i18n.status import status_of

        status = status_of(catalogue, locales, chosen.site)
        if chosen.page:
            from carreau.base.atomic_write import write_whole
            from carreau.models.reports.texts_page import make_texts_page

            write_whole(chosen.page, make_texts_page(status.as_json(), chosen.lang))
        show(status, chosen.json)
    elif chosen.action == "export":
        from carreau.catalogue.i18n.exchange.export_texts import export_texts, format_for

        form = chosen.format or format_for(chosen.out)
        show(export_texts(catalogue, locales, chosen.lang, chosen.out, chosen.site, form))
    else:
        from carreau.catalogue.i18n.exchange.import_texts import import_texts
        from carreau.catalogue.i18n.exchange.open_delivery import open_delivery

        show(import_texts(catalogue, locales, [open_delivery(path) for path in chosen.files]))
    return 0


def export(chosen: argparse.Namespace) -> int:
    """Export the catalogue."""
    from carreau.exports.export import ExportOptions, export
    from carreau.exports.formats import listing
    from carreau.exports.records.publication import Publication
    from carreau.runs.console.streams import counter_for

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
