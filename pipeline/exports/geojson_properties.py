"""Say on a map what a feature is: flat properties, which any map program shows in a table."""

from __future__ import annotations

from typing import Any

from pipeline.exports.credits import credit_lines
from pipeline.exports.jsonld import filled
from pipeline.exports.markup import heard, plain, plain_texts
from pipeline.exports.record import RouteRecord, SiteRecord, StopRecord, Texts
from pipeline.levels import AR, by_default


def site_properties(record: SiteRecord, language: str, is_outline: bool = False) -> dict[str, Any]:
    """Return what a site's point says, or the fewer things that its outline says."""
    site, model = (
        record.entry.of,
        next((each.first(*by_default(), AR.name) for each in record.models), None),
    )
    named = {
        "record": "outline" if is_outline else "site",
        "slug": record.slug,
        **tagged("name", record.names(), language),
    }
    keys = ("demonstration", "kind", "theme", "commune", "insee")
    shared = {key: getattr(site, key) for key in keys}
    rights = {"credit": "; ".join(credit_lines(site.rights))}
    if is_outline:
        return filled({**named, **shared, **rights})
    inscription = site.inscription
    return filled(
        {
            **named,
            **tagged("summary", record.summaries(), language),
            **shared,
            "period": site.period.text if site.period else "",
            "company": site.company,
            "world_heritage_list": inscription.list if inscription else None,
            "world_heritage_element": inscription.element if inscription else "",
            "world_heritage_code": inscription.code if inscription else "",
            "position_basis": site.position.basis if site.position else "",
            "confidence": site.confidence,
            "page": record.urls.page(record.slug, language),
            "model": model.url if model else "",
            "unreviewed": ",".join(record.unreviewed()),
            **rights,
        }
    )


def route_properties(record: RouteRecord, language: str, is_drawn: bool) -> dict[str, Any]:
    """Return what a route's way says.

    is_drawn : whether it is a way that somebody drew, and not straight lines between the stops
    """
    route = record.entry.of
    return filled(
        {
            "record": "route",
            "slug": record.slug,
            **tagged("name", record.names(), language),
            **tagged("summary", record.summaries(), language),
            "standing": route.standing,
            "mode": route.mode,
            "loop": route.loop,
            "length_km": route.length_km,
            "length_measure": route.length_measure if route.length_km is not None else "",
            "climb_m": route.climb_m,
            "duration_min": route.duration_min,
            "step_free": route.step_free,
            "is_indicative": not is_drawn or route.path_measure == "indicative",
            "page": record.urls.route_page(record.slug, language),
            "unreviewed": ",".join(record.unreviewed()),
            "credit": "; ".join(credit_lines(route.rights)),
        }
    )


def stop_properties(record: RouteRecord, stop: StopRecord, language: str) -> dict[str, Any]:
    """Return what a stop says."""
    return filled(
        {
            "record": "stop",
            "route": record.slug,
            "number": stop.number,
            "site": stop.stop.site,
            **tagged("name", stop.names, language),
            **tagged("text", stop.texts, language),
            "commune": stop.commune,
            "optional": stop.stop.optional,
            "position_basis": stop.position.basis if stop.position else "",
        }
    )


def tagged(key: str, texts: Texts, language: str) -> dict[str, str]:
    """Return a text under its key, with the language that it is in, and in every language under `key:language`.

    So OpenStreetMap names places, and map programs know it.
    """
    said = heard(texts, language)
    if said is None:
        return {}
    every = {f"{key}:{code}": text for code, text in plain_texts(texts).items()}
    return {key: plain(said.text), f"{key}_lang": said.language, **every}
