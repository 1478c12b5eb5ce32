"""Tell what sites and routes have alike: rights, sources, positions."""

from __future__ import annotations

from pipeline.catalogue.site import Position
from pipeline.exports.records.record import RouteRecord, SiteRecord, Texts
from pipeline.exports.records.rights import licence_url
from pipeline.publish.localizer import Localizer
from pipeline.schema.place import Place
from pipeline.schema.site import Rights, Source


def rights(record: SiteRecord | RouteRecord, speaker: Localizer) -> tuple[Rights, ...]:
    """Return whom it belongs to."""
    return tuple(
        Rights(
            of=speaker.told(record.text("rights", at, "of"), each.of),
            credit=each.credit,
            licence=each.licence,
            licence_url=licence_url(each.licence),
            url=each.url,
        )
        for at, each in enumerate(record.entry.of.rights)
    )


def sources(record: SiteRecord | RouteRecord, speaker: Localizer) -> tuple[Source, ...]:
    """Return where it was read."""
    return tuple(
        Source(title=speaker.told(record.text("source", at, "title"), each.title), url=each.url)
        for at, each in enumerate(record.entry.of.source)
    )


def place(position: Position | None, basis: Texts, speaker: Localizer, is_simulated: bool = False) -> Place | None:
    """Return a point, None where nobody knows it."""
    if position is None or position.lon is None or position.lat is None:
        return None
    return Place(lon=position.lon, lat=position.lat, basis=speaker.text(basis), is_simulated=is_simulated)
