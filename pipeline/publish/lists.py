"""Make the answers that tell of many: lists, maps, tables, closed lists of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.exports.formats import FORMATS
from pipeline.exports.records.record import RouteRecord, SiteRecord
from pipeline.exports.records.urls import Urls
from pipeline.exports.standards.geojson import MEDIA_TYPE, geojson_joined, geojson_list
from pipeline.i18n.languages import LANGUAGES
from pipeline.i18n.terms import TERMS
from pipeline.publish import addresses
from pipeline.publish.answers import Answers
from pipeline.publish.localizer import Localizer
from pipeline.schema.folding import plain
from pipeline.schema.lists import PAGE_SIZE, RouteList, SiteList, Terms, cursor_of
from pipeline.schema.route import RouteCard
from pipeline.schema.site import Card

MAP, _FEATURES = "geojson", "/v1/sites.geojson"


def sort_key(name: str, slug: str) -> str:
    """Return what lists are in the order of: the name in French, in plain letters, and the slug."""
    return f"{plain(name)} {slug}"


def add_lists(cards: Sequence[Mapping[str, Card]], routes: Sequence[Mapping[str, RouteCard]], answers: Answers) -> None:
    """Keep the first page of the sites and all routes, by language.

    cards : of each site by language, in the order of the list
    """
    for language in LANGUAGES:
        page = tuple(each[language] for each in cards[:PAGE_SIZE])
        more = len(cards) > PAGE_SIZE
        after = cursor_of(sort_key(cards[PAGE_SIZE - 1][LANGUAGES[0]].name.text, page[-1].slug)) if more else ""
        following = f"/v1/sites?lang={language}&limit={PAGE_SIZE}&cursor={after}" if more else None
        answers.add_document(
            "/v1/sites", language, SiteList(lang=language, matched=len(cards), next=following, sites=page)
        )
        told = RouteList(lang=language, routes=tuple(each[language] for each in routes))
        answers.add_document("/v1/routes", language, told)


def add_terms(speakers: Mapping[str, Localizer], answers: Answers) -> None:
    """Keep the closed lists with their words."""
    for language, speaker in speakers.items():
        lists = {of: tuple(speaker.term(of, code) for code in TERMS[of]) for of in TERMS}
        answers.add_document("/v1/terms", language, Terms(lang=language, lists=lists))


def add_whole(sites: Sequence[SiteRecord], routes: Sequence[RouteRecord], urls: Urls, answers: Answers) -> None:
    """Keep the exports of the whole catalogue: the table, and the map, from those of each site that were made."""
    for of in FORMATS:
        if of.whole is not None and of.ending != MAP:
            content = of.whole(sites, routes, LANGUAGES[0])
            answers.add(f"/v1/catalogue.{of.ending}", "", content, of.ending, of.media_type)
    for language in LANGUAGES:
        maps = [answers.content(addresses.api("sites", record.slug, MAP), language) for record in sites]
        content = geojson_joined(maps, routes, urls.whole(MAP), language)
        answers.add(f"/v1/catalogue.{MAP}", language, content, MAP, MEDIA_TYPE)


def add_features(features: Sequence[Mapping[str, bytes]], urls: Urls, answers: Answers) -> None:
    """Keep the list of the sites as GeoJSON, one feature a site, by language.

    features : of each site by language, in the order of the list
    """
    for language in LANGUAGES:
        content = geojson_list((each[language] for each in features), _feature_links(urls, language))
        answers.add(_FEATURES, language, content, MAP, MEDIA_TYPE)


def _feature_links(urls: Urls, language: str) -> list[dict[str, str]]:
    """Return links to the collection itself, in other languages and in other forms."""

    def link(path: str, rel: str, media_type: str, of: str) -> dict[str, str]:
        return {"href": f"{urls.base}{path}", "rel": rel, "type": media_type, "hreflang": of}

    paths = {each: addresses.anywhere(_FEATURES, each, MAP) for each in LANGUAGES}
    return [
        link(paths.pop(language), "self", MEDIA_TYPE, language),
        *(link(path, "alternate", MEDIA_TYPE, each) for each, path in paths.items()),
        link(addresses.anywhere("/v1/sites", language, "json"), "alternate", "application/json", language),
        link(f"/{language}/", "alternate", "text/html", language),
    ]
