"""Write the documentation of the API, with examples that answer on the page where scripts run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from pipeline.pages.addresses import own_page, own_pages
from pipeline.pages.head import Head
from pipeline.pages.links import safe
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import Speech, shortened
from pipeline.schema.site import Site

_CODE = re.compile("`([^`]+)`")
_SINCE = "2026-01-01T00:00:00Z"


class Example(NamedTuple):
    """A request that can be tried.

    name : of its place on the page
    path : address, relative to the origin
    header : that goes with it, as curl writes it
    is_repeated : whether it is sent a second time, with the ETag of the first answer
    """

    name: str
    title: str
    path: str
    header: str = ""
    is_repeated: bool = False

    def curl(self, base_url: str) -> str:
        """Return the command that does the same on a command line.

        >>> Example("list", "", "/v1/sites?limit=2").curl("https://carreau.example")
        "curl --include 'https://carreau.example/v1/sites?limit=2'"
        """
        words = ["curl", "--include"]
        if self.header:
            words += ["--header", self.header, "--output", "-"]
        if self.is_repeated:
            words += ["--etag-compare", "etag.txt", "--etag-save", "etag.txt"]
        return shlex.join([*words, base_url + self.path])


def api_page(voice: Voice) -> bytes:
    """Return the page; without its script the examples are links, and the description is one."""
    speech, edition = voice.speech(), voice.edition
    title = speech.words("API documentation")
    content = voice.content(
        "api.html",
        speech,
        code=code,
        examples=[each for each in _examples(voice, speech) if safe(each.path)],
        script_words=json.dumps(_script_words(speech), ensure_ascii=False),
    )
    head = Head(
        title=f"{title} – Carreau",
        description=shortened(
            speech.words("How to use the API of this site: examples, formats, languages, errors and a reference.")
        ),
        language=voice.language,
        base_url=edition.base_url,
        address=own_page("api", voice.language),
        versions=own_pages("api", edition.languages),
        script=edition.assets.api_script,
    )
    return voice.page(content, head, speech)


def code(words: str) -> Markup:
    """Return words in which what stands between backticks is code, and everything else is text.

    >>> code("`a<b` & c")
    Markup('<code translate="no">a&lt;b</code> &amp; c')
    """
    marked = _CODE.sub(r'<code translate="no">\1</code>', str(escape(words)))
    return Markup(marked)  # noqa: S704 - it was escaped


def _examples(voice: Voice, speech: Speech) -> Iterator[Example]:
    language, edition = voice.language, voice.edition
    sites = [documents[language] for documents in edition.sites.values()]
    site = max(sites, key=_richness, default=None)
    yield Example("list", speech.words("First three places"), f"/v1/sites?limit=3&lang={language}")
    yield Example(
        "filters",
        speech.words("Spoil tips changed since a given date"),
        f"/v1/sites?kind=terril&modified_since={_SINCE}&lang={language}",
    )
    placed = next((each for each in (*([site] if site else []), *sites) if each.position), None)
    if placed is not None and placed.position is not None:
        near = f"{placed.position.lon:.3f},{placed.position.lat:.3f}"
        yield Example(
            "near",
            speech.words("Places within three kilometres of a point, nearest first"),
            f"/v1/sites?near={near}&radius=3000&limit=3&lang={language}",
        )
    yield Example(
        "search",
        speech.words("Search with a spelling mistake"),
        f"/v1/search?q=chevalment&lang={language}",
    )
    if site is not None:
        yield Example("site", speech.words("One place in full"), f"/v1/sites/{site.slug}?lang={language}")
        if "schema-org" in site.links:
            yield Example("jsonld", speech.words("The same place as JSON-LD (schema.org)"), site.links["schema-org"])
    yield from _files(sites, speech)
    for documents in edition.routes.values():
        if gpx := documents[language].links.get("gpx", ""):
            yield Example("gpx", speech.words("A route as GPX"), gpx)
            break
    yield Example(
        "etag",
        speech.words("The controlled vocabularies, requested twice: the second response is 304"),
        f"/v1/terms.{language}.json",
        is_repeated=True,
    )
    yield Example("ogc", speech.words("Places as OGC API Features, for a GIS"), "/ogc/collections/sites/items?limit=2")
    yield Example("error", speech.words("An error as problem details"), "/v1/sites?kind=nope")


def _files(sites: Sequence[Site], speech: Speech) -> Iterator[Example]:
    """Yield the examples for which a site must have pictures, sounds or a model."""
    manifests = (site.links["iiif-3"] for site in sites if "iiif-3" in site.links)
    if manifest := next(manifests, ""):
        yield Example("iiif", speech.words("Pictures and sounds of a place as a IIIF manifest"), manifest)
    models = (level.url for site in sites for state in site.states for level in state.levels if level.ext == "glb")
    if model := next(models, ""):
        yield Example("range", speech.words("First 20 bytes of a model"), model, "Range: bytes=0-19")


def _richness(site: Site) -> tuple[bool, bool, int]:
    """Return what makes a site a good example; one that exists is better than a demonstration."""
    return any(state.levels for state in site.states), not site.is_demonstration, len(site.links)


def _script_words(speech: Speech) -> dict[str, str]:
    """Return what the script says; values are put into {braces}."""
    return {
        "run": speech.words("Run"),
        "run_this": speech.words("Run: %(name)s", name="{name}"),
        "running": speech.words("Sending the request…"),
        "answered": speech.words("Response: %(status)s in %(time)s", status="{status}", time="{time}"),
        "failed": speech.words(
            "There was no response. The examples need a network connection and the server of this site."
        ),
        "headers": speech.words("Response headers"),
        "header": speech.words("Header"),
        "value": speech.words("Value"),
        "body": speech.words("Start of the response body"),
        "required": speech.words("required"),
        "deprecated": speech.words("deprecated"),
        "no_reference": speech.words(
            "The API description could not be loaded. It needs a network connection and the server of this site."
        ),
    }
