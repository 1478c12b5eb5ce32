"""The page of a trail, told without scripts, and its sheets to print."""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import Markup

from carreau.base.schema.parts import STATES, Medium, fragment
from carreau.base.schema.state import Annotation
from carreau.base.schema.trail import Chapter, Question, Trail, Way
from carreau.site.pages.addresses import SHEETS, format_links
from carreau.site.pages.head import Head, page_jsonld, trail_picture
from carreau.site.pages.labels import level_label
from carreau.site.pages.page_texts import plain, shortened
from carreau.site.pages.qr_plates import plates_address, spots_of
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.show_page import chapter_maps, show_address
from carreau.site.pages.site_content import SharedContent


def sheets_address(trail: Trail, language: str) -> str:
    """Return the path of the page with the sheets of a trail."""
    return f"{trail.pages[language]}/{SHEETS[language]}"


def trail_page(trail: Trail, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page of a trail in the language of its document."""
    texts = renderer.texts([each.id for each in trail.media])
    content = renderer.render(
        "trail.html",
        texts,
        map=shared.trails[trail.slug],
        plates=plates_address(trail, trail.lang) if spots_of(trail) else "",
        show=show_address(trail.slug, renderer),
        packs=[(level, level_label(level, texts), path) for level, path in trail.packs.items()],
        formats=format_links(trail.links),
        **player_values(trail, renderer, shared),
    )
    picture = trail_picture(trail, renderer.edition)
    head = Head(
        title=f"{plain(trail.name)} – Carreau",
        description=shortened(plain(trail.summary)),
        language=trail.lang,
        base_url=renderer.edition.base_url,
        address=trail.pages[trail.lang],
        versions=trail.pages,
        kind="article",
        picture=picture.absolute(renderer.edition.base_url) if picture else None,
        jsonld=page_jsonld(renderer.edition.trail_jsonld.get(trail.slug), trail.lang),
        has_oembed=True,
    )
    return renderer.page(content, head, texts)


def player_values(trail: Trail, renderer: Renderer, shared: SharedContent) -> dict[str, Any]:
    """Return the values of the blocks "chapters" and "sources" of `trail.html`, which the page for frames has too."""
    media = {each.id: each for each in trail.media}
    return {
        "trail": trail,
        "sheets": sheets_address(trail, trail.lang),
        "around": {str(each.number) for each in trail.chapters if each.where and not each.where.is_exact},
        "media_of": lambda chapter: _media_of(chapter, media),
        "model_of": lambda chapter: _model_of(chapter, renderer),
        "map_of": chapter_maps(trail, shared).get,
        "ways_of": lambda chapter: _ways_of(chapter, trail),
        "accepted_of": _accepted_of,
        "spots_of": lambda question: _spots_of(question, renderer),
        "source_names": {each.id: plain(each.title) for each in trail.sources},
    }


def trail_sheets_page(trail: Trail, renderer: Renderer) -> bytes:
    """Return the page with the visitor's and the teacher's sheet, made from the same data as the trail."""
    texts = renderer.texts()
    title = texts.gettext("Sheets to print")
    content = renderer.render(
        "trail_sheets.html", texts, trail=trail, source_names={each.id: plain(each.title) for each in trail.sources}
    )
    head = Head(
        title=f"{title}, {plain(trail.name)} – Carreau",
        description=shortened(plain(trail.summary)),
        language=trail.lang,
        base_url=renderer.edition.base_url,
        address=sheets_address(trail, trail.lang),
        versions={code: sheets_address(trail, code) for code in trail.pages},
        is_indexed=False,
    )
    return renderer.page(content, head, texts)


def _media_of(chapter: Chapter, media: dict[str, Medium]) -> list[Medium]:
    """Return the published media of a chapter, its sound last."""
    return [media[name] for name in (*chapter.media, chapter.sound) if name in media]


def _model_of(chapter: Chapter, renderer: Renderer) -> str:
    """Return where the model of a chapter is shown; empty where it has none, or none that is published."""
    scene = chapter.scene
    if scene is None or not scene.state or scene.site not in renderer.edition.sites:
        return ""
    site = renderer.edition.sites[scene.site][renderer.language]
    published = any(state.id == scene.state and state.levels for state in site.states)
    return f"{site.pages[renderer.language]}{fragment(STATES, scene.state, scene.state)}" if published else ""


def _ways_of(chapter: Chapter, trail: Trail) -> list[tuple[str, Way]]:
    """Return the ways on, with those that leave out an optional chapter.

    Each comes with its kind: "next", "optional", "without" what is optional, or "crossing" into another trail.
    """
    chapters = {each.id: each for each in trail.chapters}
    own = {way.to for way in chapter.ways if not way.trail}
    ways: list[tuple[str, Way]] = []
    for way in chapter.ways:
        if way.trail:
            ways.append(("crossing", way))
        elif not chapters[way.to].is_optional:
            ways.append(("next", way))
        else:
            past = [each for each in chapters[way.to].ways if not each.trail and each.to not in own]
            ways += [("optional", way), *(("without", each) for each in past[:1])]
    return ways


def _accepted_of(question: Question) -> str:
    """Return the accepted words as JSON, for an attribute."""
    return json.dumps([plain(each) for each in question.accepted], ensure_ascii=False)


def _spots_of(question: Question, renderer: Renderer) -> list[Annotation]:
    """Return the annotations to choose from, where the right one is to be found on a published model."""
    if not question.annotation or question.site not in renderer.edition.sites:
        return []
    site = renderer.edition.sites[question.site][renderer.language]
    if not any(state.id == question.state and state.levels for state in site.states):
        return []
    return [each for each in site.annotations if each.state == question.state]


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
