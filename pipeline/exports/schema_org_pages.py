"""Say in which languages a site or a route can be read, who wrote it from what, and what nobody has reviewed yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipeline.exports.jsonld import filled, tagged
from pipeline.exports.labels import UNREVIEWED
from pipeline.exports.record import RouteRecord, SiteRecord
from pipeline.exports.rights import licence_url
from pipeline.i18n.languages import SOURCE


def pages(
    record: SiteRecord | RouteRecord, addresses: Sequence[str], identity: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    """Yield a `WebPage` for each language that has a name, the French one with sources and rights.

    addresses : of the pages, in the order of the languages
    """
    for code, address in zip(record.names(), addresses, strict=True):
        page: dict[str, Any] = {
            "@id": address,
            "@type": "WebPage",
            "url": address,
            "inLanguage": code,
            "about": {"@id": identity(record.slug)},
        }
        if code != SOURCE:
            page["translationOfWork"] = {"@id": addresses[0]}
            page["creativeWorkStatus"] = tagged(UNREVIEWED) if code in record.unreviewed() else []
        else:
            page |= _origin(record)
        yield filled(page)


def _origin(record: SiteRecord | RouteRecord) -> dict[str, Any]:
    of, edition = record.entry.of, record.edition
    publisher = filled({"@type": "Organization", "name": edition.publisher, "url": edition.homepage})
    return {
        "publisher": publisher if edition.publisher else None,
        "dateModified": record.modified or edition.day,
        "citation": [
            filled({"@type": "CreativeWork", "name": each.title, "url": each.url}) for each in of.source if each.title
        ],
        "isBasedOn": [
            filled(
                {
                    "@type": "CreativeWork",
                    "name": each.of,
                    "creditText": each.credit,
                    "license": licence_url(each.licence),
                    "copyrightNotice": each.licence,
                    "url": each.url,
                }
            )
            for each in of.rights
            if each.credit or each.licence
        ],
    }
