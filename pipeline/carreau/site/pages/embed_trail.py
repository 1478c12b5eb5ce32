"""The page with the chapters and sources of a trail only, for frames of other sites."""

from __future__ import annotations

import re

from markupsafe import Markup

from carreau.base.schema.trail import Trail
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.shared_content import SharedContent
from carreau.site.pages.trail_page import player_values

_AWAY = re.compile(r'<a (?=[^>]*\bhref="(?!#))')


def embed_trail_page(trail: Trail, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page; its blocks are those of the page of the trail, whose script shows one chapter at a time."""
    texts = renderer.texts([each.id for each in trail.media])
    values = player_values(trail, renderer, shared)
    chapters, sources = (
        _in_frame(renderer.render_block("trail.html", name, texts, **values), trail.pages[renderer.language])
        for name in ("chapters", "sources")
    )
    return renderer.document(
        "embed_trail.html",
        texts,
        trail=trail,
        chapters=chapters,
        sources=sources,
        languages=" ".join(renderer.edition.languages),
    )


def _in_frame(content: Markup, page: str) -> Markup:
    """Return markup whose links to chapters stay in the frame; the others leave it, as no other page may be framed."""
    within = str(content).replace(f'href="{page}#', 'href="#')
    return Markup(_AWAY.sub('<a target="_blank" rel="noopener" ', within))  # noqa: S704 - it was escaped there
