"""The stage of a place: what there is to see of it first, and what is not real about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carreau.base.schema.medium import Medium
from carreau.base.schema.site import Site
from carreau.base.schema.state import State
from carreau.base.schema.territory import TablePlace
from carreau.site.pages.maps.draw import Map
from carreau.site.pages.page_texts import PageTexts
from carreau.site.pages.place_actions import supposed
from carreau.site.pages.rendering import Renderer
from carreau.site.pages.responsive_images import responsive_image
from carreau.site.pages.shared_content import SharedContent
from carreau.site.pages.table_overlay import corner_height


@dataclass(frozen=True)
class Stage:
    """What there is to see of a site first; the page shows the first of them that is there.

    first : a state with a model, or a picture of one
    picture : of its media
    corner : of the table model
    map : of its surroundings; shown on the stage only where it has the outline of the site
    """

    first: State | None
    picture: Medium | None
    corner: TablePlace | None
    map: Map | None
    is_relief: bool

    @property
    def fill(self) -> str:
        """Return what fills the stage: "model", "picture", "corner", "map" or "emblem"."""
        if self.first:
            return "model"
        if self.picture:
            return "picture"
        if self.corner:
            return "corner"
        return "map" if self.map and self.map.shape else "emblem"

    def names(self) -> dict[str, Any]:
        """Return the values of `scene.html`."""
        return {
            "fill": self.fill,
            **{name: getattr(self, name) for name in ("first", "picture", "corner", "map", "is_relief")},
        }


def stage_of(site: Site, renderer: Renderer, shared: SharedContent) -> Stage:
    """Return the stage of a site."""
    territory = renderer.edition.territory.get(renderer.language)
    first = next((state for state in site.states if state.levels or state.poster), None)
    shown = (each for each in site.media if each.kind == "image" and responsive_image(each))
    picture = None if first else next(shown, None)
    corner = None if first or picture else renderer.edition.corner(site.slug, site.lang)
    is_relief = territory is not None and territory.relief is not None
    return Stage(first, picture, corner, shared.sites[site.slug], is_relief)


def caveats(site: Site, stage: Stage, renderer: Renderer, texts: PageTexts) -> list[str]:
    """Return in sentences what is simulated, supposed or symbolic about what the stage shows."""
    if stage.first:
        others = (each for each in site.states if each.levels and each is not stage.first)
        return supposed([stage.first, *others], texts)
    if stage.corner:
        height = corner_height(renderer.edition.territory[site.lang], stage.corner, texts)
        return [height, texts.gettext("Outlines of the places: Mission Bassin Minier, Licence Ouverte 2.0.")]
    if stage.fill == "emblem":
        return [texts.gettext("There is no picture of this place yet: this is a drawing.")]
    return []
