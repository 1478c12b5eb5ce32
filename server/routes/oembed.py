"""Tell other people's pages how to show one of ours (oEmbed 1.0)."""

from __future__ import annotations

import html
from typing import Annotated, Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field, StringConstraints

from server import examples
from server.asked import Asked
from server.dependencies import AskedNow, Question
from server.described import plain_answer, refusals
from server.documents import dumped
from server.errors import UnsupportedError
from server.forms import JSON
from server.our_pages import Ours, ours
from server.sending import made

router = APIRouter(tags=["pages"])

_WIDTH, _HEIGHT = 800, 600
_ALLOWED = "fullscreen; autoplay; xr-spatial-tracking; accelerometer; gyroscope; magnetometer"
_XML = "text/xml"


class OEmbedQuestion(Question):
    """Which page, and how large it may be shown; other people's programs may add what they like."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    url: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        description="Address of a page of a site, of a state of it, or of a route.",
        examples=["https://carreau.example/en/sites/fosse-mathilde"],
    )
    maxwidth: int | None = Field(None, ge=1, le=100_000, description="Pixels.")
    maxheight: int | None = Field(None, ge=1, le=100_000, description="Pixels.")
    format: Annotated[str, StringConstraints(max_length=20)] = Field("json", description="json or xml.")


@router.get(
    "/oembed",
    response_class=Response,
    responses={
        **plain_answer({JSON: examples.OEMBED, _XML: examples.OEMBED_XML}),
        **refusals(400, 404, 501),
    },
)
async def oembed(question: Annotated[OEmbedQuestion, Query()], asked: AskedNow) -> Response:
    """Say how to show a page of ours in a frame."""
    if question.format not in ("json", "xml"):
        raise UnsupportedError("format", {"choices": "json, xml"})
    page = ours(asked.bundle, question.url)
    said = _said(asked, page, question.maxwidth, question.maxheight)
    if question.format == "json":
        return made(asked, dumped(said), JSON, page.lang)
    parts = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in said.items())
    text = f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{parts}</oembed>\n'
    return made(asked, text.encode(), _XML, page.lang)


def _said(asked: Asked, page: Ours, max_width: int | None, max_height: int | None) -> dict[str, Any]:
    base = asked.bundle.base_url
    width, height = min(_WIDTH, max_width or _WIDTH), min(_HEIGHT, max_height or _HEIGHT)
    said = {"version": "1.0", "type": "rich", "title": page.title, "provider_name": "Carreau"}
    more = {"provider_url": f"{base}/", "cache_age": 86400, "width": width, "height": height}
    more["html"] = _frame(asked, page, width, height)
    return said | more | _thumbnail(asked, page, max_width, max_height)


def _frame(asked: Asked, page: Ours, width: int, height: int) -> str:
    path = f"/embed/{page.slug}" if page.kind == "site" else f"/embed/routes/{page.slug}"
    title = html.escape(page.title)
    if not asked.bundle.answers(path):
        return f'<blockquote><a href="{html.escape(asked.bundle.base_url + page.path)}">{title}</a></blockquote>'
    query = urlencode({"lang": page.lang} | ({"state": page.state} if page.state else {}) | dict(page.look), safe=",")
    address = html.escape(f"{asked.bundle.base_url}{path}?{query}")
    size = f'width="{width}" height="{height}"'
    more = f'allow="{_ALLOWED}" loading="lazy" referrerpolicy="strict-origin-when-cross-origin"'
    return f'<iframe src="{address}" title="{title}" {size} {more} style="border:0;max-width:100%"></iframe>'


def _thumbnail(asked: Asked, page: Ours, max_width: int | None, max_height: int | None) -> dict[str, Any]:
    picture = page.picture
    if not picture or picture["width"] > (max_width or 10**9) or picture["height"] > (max_height or 10**9):
        return {}
    size = {"thumbnail_width": picture["width"], "thumbnail_height": picture["height"]}
    return {"thumbnail_url": asked.bundle.base_url + picture["url"], **size}
