"""The page of a trail, told without scripts, and its sheets to print."""

from __future__ import annotations

from pipeline.pages.addresses import SHEETS
from pipeline.pages.head import Head
from pipeline.pages.links import format_links, script_json
from pipeline.pages.page_texts import plain, shortened
from pipeline.pages.rendering import Renderer
from pipeline.pages.scene_page import chapter_maps
from pipeline.pages.shared_content import SharedContent
from pipeline.schema.identifiers import STATES, fragment
from pipeline.schema.medium import Medium
from pipeline.schema.trail import Chapter, Trail


def sheets_address(trail: Trail, language: str) -> str:
    """Return the path of the page with the sheets of a trail."""
    return f"{trail.pages[language]}/{SHEETS[language]}"


def trail_page(trail: Trail, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page of a trail in the language of its document."""
    media = {each.id: each for each in trail.media}
    texts = renderer.texts(list(media))
    content = renderer.render(
        "trail.html",
        texts,
        trail=trail,
        sheets=sheets_address(trail, trail.lang),
        media_of=lambda chapter: _media_of(chapter, media),
        model_of=lambda chapter: _model_of(chapter, renderer),
        map_of=chapter_maps(trail, shared).get,
        source_names={each.id: plain(each.title) for each in trail.sources},
        formats=format_links(trail.links),
    )
    head = Head(
        title=f"{plain(trail.name)} – Carreau",
        description=shortened(plain(trail.summary)),
        language=trail.lang,
        base_url=renderer.edition.base_url,
        address=trail.pages[trail.lang],
        versions=trail.pages,
        kind="article",
        jsonld=script_json(renderer.edition.trail_jsonld.get(trail.slug)),
    )
    return renderer.page(content, head, texts)


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
