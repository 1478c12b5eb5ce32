"""The pages of trails and shows: a trail told without scripts, its sheets to print, and a show with its script."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from carreau.base.languages import OWN_NAMES
from carreau.base.levels import PHONE
from carreau.base.schema.itineraries import Chapter, Question, Show, ShowScene, Trail, Way
from carreau.base.schema.parts import STATES, MapScene, Medium, SceneEvent, SceneFeature, Text, fragment
from carreau.base.schema.site import Annotation, Level, Site, State
from carreau.base.translator import Translator
from carreau.catalogue.i18n.formatting import typeset
from carreau.site.pages.addresses import SHEETS, format_links, script_json
from carreau.site.pages.cards import Head, page_jsonld, trail_picture
from carreau.site.pages.page_texts import level_label, plain, shorten_text
from carreau.site.pages.place_actions import list_plate_spots, plates_address
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.scene_map import SceneMap
from carreau.site.pages.site_content import SharedContent, SiteContent


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
        plates=plates_address(trail, trail.lang) if list_plate_spots(trail) else "",
        show=show_address(trail.slug, renderer),
        packs=[(level, level_label(level, texts), path) for level, path in trail.packs.items()],
        formats=format_links(trail.links),
        **player_values(trail, renderer, shared),
    )
    picture = trail_picture(trail, renderer.edition)
    head = Head(
        title=f"{plain(trail.name)} – Carreau",
        description=shorten_text(plain(trail.summary)),
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
        "media_of": lambda chapter: _list_media(chapter, media),
        "model_of": lambda chapter: _model_address(chapter, renderer),
        "map_of": chapter_maps(trail, shared).get,
        "ways_of": lambda chapter: _list_ways(chapter, trail),
        "accepted_of": _accepted_words,
        "spots_of": lambda question: _list_spots(question, renderer),
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
        description=shorten_text(plain(trail.summary)),
        language=trail.lang,
        base_url=renderer.edition.base_url,
        address=sheets_address(trail, trail.lang),
        versions={code: sheets_address(trail, code) for code in trail.pages},
        is_indexed=False,
    )
    return renderer.page(content, head, texts)


def _list_media(chapter: Chapter, media: dict[str, Medium]) -> list[Medium]:
    """Return the published media of a chapter, its sound last."""
    return [media[name] for name in (*chapter.media, chapter.sound) if name in media]


def _model_address(chapter: Chapter, renderer: Renderer) -> str:
    """Return where the model of a chapter is shown; empty where it has none, or none that is published."""
    scene = chapter.scene
    if scene is None or not scene.state or scene.site not in renderer.edition.sites:
        return ""
    site = renderer.edition.sites[scene.site][renderer.language]
    published = any(state.id == scene.state and state.levels for state in site.states)
    return f"{site.pages[renderer.language]}{fragment(STATES, scene.state, scene.state)}" if published else ""


def _list_ways(chapter: Chapter, trail: Trail) -> list[tuple[str, Way]]:
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


def _accepted_words(question: Question) -> str:
    """Return the accepted words as JSON, for an attribute."""
    return json.dumps([plain(each) for each in question.accepted], ensure_ascii=False)


def _list_spots(question: Question, renderer: Renderer) -> list[Annotation]:
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


def show_address(slug: str, renderer: Renderer) -> str:
    """Return the path of the page of the show of a trail or site; empty where there is none."""
    shows = renderer.edition.shows.get(slug)
    return shows[renderer.language].pages[renderer.language] if shows else ""


def show_page(shows: Mapping[str, Show], renderer: Renderer) -> bytes:
    """Return the page of a show in the language of the renderer.

    shows : the document in every language: the controls change the language of the words while it plays
    """
    show = shows[renderer.language]
    media = {each.id: each for each in show.media}
    texts = renderer.texts(list(media))
    edition = renderer.edition
    owner: Trail | Site = (
        edition.trails[show.slug][show.lang] if show.owner_kind == "trails" else edition.sites[show.slug][show.lang]
    )
    content = renderer.render(
        "show.html",
        texts,
        show=show,
        owner_name=owner.name,
        media_of=lambda scene: [media[name] for name in (scene.figure, scene.voice) if name in media],
        source_names={each.id: plain(each.title) for each in show.sources},
        models=[_model_link(scene, edition.sites, show.lang) for scene in show.scenes],
        script=script_json(json.dumps(show_script(shows, edition)).encode()),
    )
    head = Head(
        title=f"{plain(show.name)} – Carreau",
        description=shorten_text(plain(show.summary)),
        language=show.lang,
        base_url=edition.base_url,
        address=show.pages[show.lang],
        versions=show.pages,
        kind="article",
        script=edition.assets.show_script,
    )
    return renderer.page(content, head, texts)


def show_script(shows: Mapping[str, Show], edition: SiteContent) -> dict[str, Any]:
    """Return what plays a show, as `server/viewer/src/show/show_script.ts` reads it."""
    show, assets = next(iter(shows.values())), edition.assets
    media = {each.id: each for each in show.media}
    by_id = {language: {each.id: each for each in of.media} for language, of in shows.items()}
    models = [_model(scene, edition.sites) for scene in show.scenes]
    library = {"library": assets.model_viewer, "basis": assets.basis, "draco": assets.draco}
    return {
        "name": {language: _text_fields(of.name) for language, of in shows.items()},
        "start": show.start,
        "presence_key": show.presence_key,
        "volume": show.volume,
        "quiet": [each.model_dump() for each in show.quiet],
        "attract": {
            "light": show.attract.light or "dark",
            "text": {language: _text_fields(of.attract.text) for language, of in shows.items()},
        },
        "scenes": [
            _scene(at, scene, shows, media, by_id) | ({"model": model} if model else {})
            for at, (scene, model) in enumerate(zip(show.scenes, models, strict=True))
        ],
        **({"library": library} if any(models) else {}),
        "languages": [[code, OWN_NAMES.get(code, code)] for code in shows],
        "words": {code: words_of_show(code) for code in shows},
        "files": show_files(show, edition),
    }


def show_files(show: Show, edition: SiteContent) -> list[str]:
    """Return the addresses of the files that a kiosk or a phone keeps besides the page, for when the network is off."""
    assets, media = edition.assets, {each.id: each for each in show.media}
    played = [media[name] for scene in show.scenes for name in (scene.voice, scene.figure) if name in media]
    own = (assets.style, assets.icon, assets.show_script, assets.app_script, *assets.fonts)
    shown = [each["url"] for scene in show.scenes if (each := _model(scene, edition.sites))]
    if shown:
        shown.append(assets.model_viewer)
    return [*dict.fromkeys(address for address in (*own, *_files(played), *shown) if address)]


def _scene(
    at: int,
    scene: ShowScene,
    shows: Mapping[str, Show],
    media: Mapping[str, Medium],
    by_id: Mapping[str, Mapping[str, Medium]],
) -> dict[str, Any]:
    by_language = {language: show.scenes[at] for language, show in shows.items()}
    voice, figure = media.get(scene.voice), media.get(scene.figure)
    return {
        "id": scene.id,
        "seconds": scene.seconds,
        "light": scene.light or "dark",
        "lines": scene.lines,
        "lang": scene.lang,
        "text": {language: _text_fields(each.text) for language, each in by_language.items() if each.text},
        "translation": {
            language: [_text_fields(line) for line in each.translation] for language, each in by_language.items()
        },
        "credit": {language: _text_fields(each.credit) for language, each in by_language.items() if each.credit},
        **({"voice": _sound_fields(voice, by_id)} if voice else {}),
        **(
            {"figure": {**_sound_fields(figure, by_id), "kind": figure.kind, "alt": _alts(figure, by_id)}}
            if figure
            else {}
        ),
    }


def _find_state(scene: ShowScene, sites: Mapping[str, Mapping[str, Site]], language: str) -> tuple[Site, State] | None:
    """Return the place and the state whose model a scene shows; None without one, or before it is built."""
    slug, _, name = scene.model.partition("/")
    site = sites.get(slug, {}).get(language)
    state = next((each for each in site.states if each.id == name and each.levels), None) if site else None
    return (site, state) if site and state else None


def _model_link(scene: ShowScene, sites: Mapping[str, Mapping[str, Site]], language: str) -> tuple[str, str] | None:
    """Return what the model of a scene is, and where the place shows it; None without one."""
    pair = _find_state(scene, sites, language)
    if pair is None:
        return None
    site, state = pair
    return model_line(*pair), f"{site.pages[language]}{fragment(STATES, state.id, state.id)}"


def _model(scene: ShowScene, sites: Mapping[str, Mapping[str, Site]]) -> dict[str, Any]:
    """Return the file of a scene's model, and what it is, by language; empty without one."""
    slug = scene.model.partition("/")[0]
    pairs = {language: _find_state(scene, sites, language) for language in sites.get(slug, {})}
    by_language = {language: shown for language, shown in pairs.items() if shown}
    if not by_language:
        return {}
    _, state = next(iter(by_language.values()))
    return {
        "url": _level(state.levels).url,
        "is": {language: {"text": model_line(*shown), "lang": language} for language, shown in by_language.items()},
    }


def _level(levels: Sequence[Level]) -> Level:
    """Return the level for phones, which four views of a weak kiosk draw, else the first one."""
    return next((each for each in levels if each.level == PHONE.name), levels[0])


def model_line(site: Site, state: State) -> str:
    """Return in a line what a model is: the place, the state, how sure it is, and whose it is."""
    parts = (f"{plain(site.name)} – {plain(state.title)}", state.line, state.credit)
    return ". ".join(part for part in parts if part)


def _alts(figure: Medium, by_id: Mapping[str, Mapping[str, Medium]]) -> dict[str, dict[str, str]]:
    """Return the description of a picture, or the title of a film, by language."""
    figures = ((language, of[figure.id]) for language, of in by_id.items() if figure.id in of)
    return {language: _text_fields(text) for language, each in figures if (text := each.alt or each.title)}


def _sound_fields(medium: Medium, by_id: Mapping[str, Mapping[str, Medium]]) -> dict[str, Any]:
    tracks = {language: of[medium.id].tracks[:1] for language, of in by_id.items() if medium.id in of}
    return {
        "sources": [{"url": each.url, "type": each.media_type} for each in medium.variants],
        "seconds": medium.duration_s or 0,
        "captions": {
            language: {"url": track.url, "lang": track.lang} for language, group in tracks.items() for track in group
        },
    }


def _files(media: list[Medium]) -> Iterator[str]:
    for medium in media:
        yield from (each.url for each in (*medium.variants, *medium.tracks))


def _text_fields(text: Text) -> dict[str, str]:
    return {"text": typeset(text.text, text.lang), "lang": text.lang}


CONTEXT = "show"
"""Message context in `interface.po`."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "start": "Begin",
        "pause": "Pause",
        "resume": "Go on",
        "stop": "Back to the beginning",
        "fill": "Fill the screen",
        "leave": "Leave the show",
        "languages": "Languages of the words",
    }
)
"""English texts by key."""


def words_of_show(language: str) -> dict[str, str]:
    """Return the words in a language."""
    return Translator(language).by_name(CONTEXT, WORDS)


def scene_page(scene: MapScene, owner: Site | Trail, renderer: Renderer, shared: SharedContent) -> bytes:
    """Return the page of a map that moves; owner : the site or trail that it belongs to."""
    texts, drawn = renderer.texts(), shared.moving_map(scene)
    content = renderer.render(
        "moving_map.html",
        texts,
        scene=scene,
        drawn=drawn,
        owner=owner,
        features={each.id: each for each in scene.features},
        source_names={each.id: plain(each.title) for each in scene.sources},
    )
    head = Head(
        title=f"{plain(scene.name)} – Carreau",
        description=shorten_text(plain(scene.summary)),
        language=owner.lang,
        base_url=renderer.edition.base_url,
        address=scene.pages[owner.lang],
        versions=scene.pages,
        kind="article",
        script=renderer.edition.assets.scene_script if drawn else "",
    )
    return renderer.page(content, head, texts)


@dataclass(frozen=True)
class ChapterMap:
    """A map of a trail at the event where a chapter opens it.

    is_first : whether no chapter before shows the same map; its ground is drawn there
    """

    scene: MapScene
    drawn: SceneMap
    event: SceneEvent
    is_first: bool

    @property
    def features(self) -> Mapping[str, SceneFeature]:
        """Return the features of the map by id."""
        return {each.id: each for each in self.scene.features}


def chapter_maps(trail: Trail, shared: SharedContent) -> dict[str, ChapterMap]:
    """Return the maps of the chapters that have one, by id of the chapter."""
    scenes, maps, drawn = {each.slug: each for each in trail.maps}, dict[str, ChapterMap](), set[str]()
    for chapter in trail.chapters:
        scene = scenes.get(chapter.scene.map) if chapter.scene else None
        pictures = shared.moving_map(scene) if scene else None
        if scene is None or pictures is None or chapter.scene is None:
            continue
        events = {each.id: each for each in scene.events}
        event = events.get(chapter.scene.event, scene.events[0])
        maps[chapter.id] = ChapterMap(scene, pictures, event, scene.slug not in drawn)
        drawn.add(scene.slug)
    return maps
