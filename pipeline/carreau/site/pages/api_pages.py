"""The API documentation, with examples that a script runs on the page, and the page of problem types."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from carreau.base.schema.requests import PROBLEMS, TYPE_PREFIX
from carreau.base.schema.site import Site
from carreau.catalogue.i18n.formatting import typeset
from carreau.catalogue.i18n.po import api_translations
from carreau.site.pages.addresses import page_path, page_paths, safe_url
from carreau.site.pages.cards import Head
from carreau.site.pages.page_texts import PageTexts, shorten_text
from carreau.site.pages.rendering import Renderer

_CODE = re.compile("`([^`]+)`")
_SINCE = "2026-01-01T00:00:00Z"
_EXAMPLE_PROBLEM, _UNKNOWN_SLUG = "site-not-found", "fosse-inconnue"


class Example(NamedTuple):
    """An example request.

    name : its anchor
    path : address, relative to the origin
    header : to send, as a curl argument
    is_repeated : whether it is sent again with the ETag of the first response
    """

    name: str
    title: str
    path: str
    header: str = ""
    is_repeated: bool = False

    def curl(self, base_url: str) -> str:
        """Return the equivalent curl command.

        >>> Example("list", "", "/v1/sites?limit=2").curl("https://carreau.example")
        "curl --include 'https://carreau.example/v1/sites?limit=2'"
        """
        command = ["curl", "--include"]
        if self.header:
            command += ["--header", self.header, "--output", "-"]
        if self.is_repeated:
            command += ["--etag-compare", "etag.txt", "--etag-save", "etag.txt"]
        return shlex.join([*command, base_url + self.path])


def api_page(renderer: Renderer) -> bytes:
    """Return the API documentation; without its script, the examples and the OpenAPI description are links."""
    texts, edition = renderer.texts(), renderer.edition
    title = texts.gettext("API documentation")
    content = renderer.render(
        "api.html",
        texts,
        code=code,
        examples=[each for each in _examples(renderer, texts) if safe_url(each.path)],
        script_words=json.dumps(_script_words(texts), ensure_ascii=False),
    )
    head = Head(
        title=f"{title} – Carreau",
        description=shorten_text(
            texts.gettext("How to use the API of this site: examples, formats, languages, errors and a reference.")
        ),
        language=renderer.language,
        base_url=edition.base_url,
        address=page_path("api", renderer.language),
        versions=page_paths("api", edition.languages),
        script=edition.assets.api_script,
    )
    return renderer.page(content, head, texts)


def code(text: str) -> Markup:
    """Return text with the parts between backticks as `<code>`.

    >>> code("`a<b` & c")
    Markup('<code translate="no">a&lt;b</code> &amp; c')
    """
    marked = _CODE.sub(r'<code translate="no">\1</code>', str(escape(text)))
    return Markup(marked)  # noqa: S704 - it was escaped


def _examples(renderer: Renderer, texts: PageTexts) -> Iterator[Example]:
    language, edition = renderer.language, renderer.edition
    sites = [documents[language] for documents in edition.sites.values()]
    site = max(sites, key=_richness, default=None)
    yield Example("list", texts.gettext("First three places"), f"/v1/sites?limit=3&lang={language}")
    yield Example(
        "filters",
        texts.gettext("Spoil tips changed since a given date"),
        f"/v1/sites?kind=terril&modified_since={_SINCE}&lang={language}",
    )
    placed = next((each for each in (*([site] if site else []), *sites) if each.position), None)
    if placed is not None and placed.position is not None:
        near = f"{placed.position.lon:.3f},{placed.position.lat:.3f}"
        yield Example(
            "near",
            texts.gettext("Places within three kilometres of a point, nearest first"),
            f"/v1/sites?near={near}&radius=3000&limit=3&lang={language}",
        )
    yield Example(
        "search",
        texts.gettext("Search with a spelling mistake"),
        f"/v1/search?q=chevalment&lang={language}",
    )
    if site is not None:
        yield Example("site", texts.gettext("One place in full"), f"/v1/sites/{site.slug}?lang={language}")
        if "schema-org" in site.links:
            yield Example("jsonld", texts.gettext("The same place as JSON-LD (schema.org)"), site.links["schema-org"])
    yield from _files(sites, texts)
    for documents in edition.routes.values():
        if gpx := documents[language].links.get("gpx", ""):
            yield Example("gpx", texts.gettext("A route as GPX"), gpx)
            break
    yield Example(
        "etag",
        texts.gettext("The controlled vocabularies, requested twice: the second response is 304"),
        f"/v1/terms.{language}.json",
        is_repeated=True,
    )
    yield Example("ogc", texts.gettext("Places as OGC API Features, for a GIS"), "/ogc/collections/sites/items?limit=2")
    yield Example("error", texts.gettext("An error as problem details"), "/v1/sites?kind=nope")


def _files(sites: Sequence[Site], texts: PageTexts) -> Iterator[Example]:
    """Yield the examples that need a site with pictures, sounds or a model."""
    manifests = (site.links["iiif-3"] for site in sites if "iiif-3" in site.links)
    if manifest := next(manifests, ""):
        yield Example("iiif", texts.gettext("Pictures and sounds of a place as a IIIF manifest"), manifest)
    models = (level.url for site in sites for state in site.states for level in state.levels if level.ext == "glb")
    if model := next(models, ""):
        yield Example("range", texts.gettext("First 20 bytes of a model"), model, "Range: bytes=0-19")


def _richness(site: Site) -> tuple[bool, bool, int]:
    """Return a sort key for the best example: with models, real, and in many formats."""
    return any(state.levels for state in site.states), not site.is_apart, len(site.links)


def _script_words(texts: PageTexts) -> dict[str, str]:
    """Return the texts of the script; it fills values into {braces}."""
    return {
        "run": texts.gettext("Run"),
        "run_this": texts.gettext("Run: %(name)s", name="{name}"),
        "running": texts.gettext("Sending the request…"),
        "answered": texts.gettext("Response: %(status)s in %(time)s", status="{status}", time="{time}"),
        "failed": texts.gettext(
            "There was no response. The examples need a network connection and the server of this site."
        ),
        "headers": texts.gettext("Response headers"),
        "header": texts.gettext("Header"),
        "value": texts.gettext("Value"),
        "body": texts.gettext("Start of the response body"),
        "required": texts.gettext("required"),
        "deprecated": texts.gettext("deprecated"),
        "no_reference": texts.gettext(
            "The API description could not be loaded. It needs a network connection and the server of this site."
        ),
    }


class ProblemSection(NamedTuple):
    """A problem type in the language of the page."""

    code: str
    status: int
    title: str
    meaning: str
    remedy: str


def problems_page(renderer: Renderer) -> bytes:
    """Return the page of problem types, by status, each with its code as anchor; `type` of a problem links to it."""
    texts, edition = renderer.texts(), renderer.edition
    title = texts.gettext("API problem types")
    lead = texts.gettext("Every error code of the API, what it means and what to do about it.")
    problems = problems_in(renderer.language)
    groups = (
        (texts.gettext("Client errors (4xx)"), [each for each in problems if each.status < 500]),
        (texts.gettext("Server errors (5xx)"), [each for each in problems if each.status >= 500]),
    )
    content = renderer.render(
        "problems.html", texts, title=title, lead=lead, problems=problems, groups=groups, code=code,
        example=example_in(renderer.language), index=TYPE_PREFIX,
    )  # fmt: skip
    head = Head(
        title=f"{title} – Carreau",
        description=shorten_text(lead),
        language=renderer.language,
        base_url=edition.base_url,
        address=page_path("problems", renderer.language),
        versions=page_paths("problems", edition.languages),
    )
    return renderer.page(content, head, texts)


def problems_in(language: str) -> list[ProblemSection]:
    """Return every problem type in a language, by status."""
    translate = api_translations(language).gettext
    problems = [
        ProblemSection(
            name, each.status, *(typeset(translate(text), language) for text in (each.title, each.meaning, each.remedy))
        )
        for name, each in PROBLEMS.items()
    ]
    return sorted(problems, key=lambda each: each.status)


def example_in(language: str) -> str:
    """Return the problem details of an unknown site, as in responses of the API."""
    translate, problem = api_translations(language).gettext, PROBLEMS[_EXAMPLE_PROBLEM]
    fields = {
        "type": TYPE_PREFIX + _EXAMPLE_PROBLEM,
        "title": translate(problem.title),
        "status": problem.status,
        "code": _EXAMPLE_PROBLEM,
        "detail": translate(problem.detail) % {"slug": _UNKNOWN_SLUG},
        "instance": f"/v1/sites/{_UNKNOWN_SLUG}",
    }
    return json.dumps(fields, ensure_ascii=False, indent=2)
