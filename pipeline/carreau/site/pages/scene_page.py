"""The page of a map that moves: all its steps in words and pictures, which a script can play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carreau.base.schema.map_scene import MapScene, SceneEvent, SceneFeature
from carreau.base.schema.site import Site
from carreau.base.schema.trail import Trail
from carreau.site.pages.head import Head
from carreau.site.pages.maps.scene_map import SceneMap
from carreau.site.pages.page_texts import plain, shortened
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.shared_content import SharedContent


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
        description=shortened(plain(scene.summary)),
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
    scenes, found, drawn = {each.slug: each for each in trail.maps}, dict[str, ChapterMap](), set[str]()
    for chapter in trail.chapters:
        scene = scenes.get(chapter.scene.map) if chapter.scene else None
        pictures = shared.moving_map(scene) if scene else None
        if scene is None or pictures is None or chapter.scene is None:
            continue
        events = {each.id: each for each in scene.events}
        event = events.get(chapter.scene.event, scene.events[0])
        found[chapter.id] = ChapterMap(scene, pictures, event, scene.slug not in drawn)
        drawn.add(scene.slug)
    return found
