"""The pictures of the table model on the home page: links and names over them, for readers without scripts or WebGL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from carreau.base.schema.lists import Relief, TablePlace, TableView, Territory
from carreau.base.schema.site import Camera, Triple
from carreau.catalogue.i18n.formatting import format_distance
from carreau.site.pages.map_drawing import Marker, declutter
from carreau.site.pages.page_texts import PageTexts, plain

Box = tuple[float, float, float, float]
"""The middle of a rectangle, and half of its width and height."""
GAP = 30.0
"""Least distance of two symbols on the wide picture, in its pixels."""
WHOLE = 0.995
"""A relief that covers this share of the territory covers it."""
_STEP, _FARTHEST = 6, 120
"""How far a name is moved, to lie on no symbol and on no other name."""


@dataclass(frozen=True)
class Lettering:
    """How names are written on a picture, in its pixels, as in `styles/home.css`.

    letter, height : of a letter, in the middle of all
    has_count : whether the number of places follows
    """

    letter: float
    height: float
    has_count: bool = False


WIDE, TALL = Lettering(14, 26), Lettering(18, 34, has_count=True)


@dataclass(frozen=True)
class AreaName:
    """The name of a commune on a picture, at the middle of its baseline, and the number of its places."""

    insee: str
    name: str
    x: int
    y: int
    places: int


@dataclass(frozen=True)
class TableOverlay:
    """What lies over a picture of the whole model."""

    view: TableView
    markers: tuple[Marker, ...]
    communes: tuple[AreaName, ...]


def table_overlays(territory: Territory) -> dict[str, TableOverlay]:
    """Return what lies over the pictures for wide and for narrow screens."""
    return {
        "wide": table_overlay(territory, territory.wide, WIDE), "tall": table_overlay(territory, territory.tall, TALL),
    }  # fmt: skip


def table_overlay(territory: Territory, view: TableView, lettering: Lettering) -> TableOverlay:
    """Return symbols and names over a picture; what overlaps is moved apart."""
    size = view.width, view.height
    drawn = [project(place.point, view.camera, *size) for place in territory.places]
    moved = declutter(drawn, GAP, (GAP, GAP, view.width - GAP, view.height - GAP))
    markers = [
        Marker(place.slug, round(x), round(y), round(from_x), round(from_y))
        for place, (x, y), (from_x, from_y) in zip(territory.places, moved, drawn, strict=True)
    ]
    taken: list[Box] = [(marker.x, marker.y, GAP / 2, GAP / 2) for marker in markers]
    names = []
    for each in territory.communes:
        x, y = project(each.point, view.camera, *size)
        if not each.places or not 0 < x < view.width or not 0 < y < view.height:
            continue
        length = len(each.name) + (len(f" · {each.places}") if lettering.has_count else 0)
        box = _free((x, y - lettering.height / 3, lettering.letter * length / 2, lettering.height / 2), taken)
        taken.append(box)
        baseline = round(box[1] + lettering.height / 3)
        names.append(AreaName(each.insee, each.name, round(box[0]), baseline, each.places))
    return TableOverlay(view, tuple(markers), tuple(names))


def _free(box: Box, taken: Sequence[Box]) -> Box:
    """Return a box moved as little as possible, to lie on no other one; unmoved where none is free."""
    x, y, half_width, half_height = box

    def is_free(move: tuple[int, int]) -> bool:
        return not any(
            abs(other_x - x - move[0]) < half_width + other_width
            and abs(other_y - y - move[1]) < half_height + other_height
            for other_x, other_y, other_width, other_height in taken
        )

    steps = range(-_FARTHEST, _FARTHEST + 1, _STEP)
    moves = sorted(((right, down) for right in steps for down in steps), key=lambda move: math.hypot(*move))
    right, down = next(filter(is_free, moves), (0, 0))
    return x + right, y + down, half_width, half_height


def project(point: Triple, camera: Camera, width: int, height: int) -> tuple[float, float]:
    """Return where a camera sees a point, in pixels from the upper left corner of its picture."""
    back = _unit(_minus(camera.position, camera.target))
    right = _unit((back[2], 0.0, -back[0]))
    up = (
        back[1] * right[2] - back[2] * right[1],
        back[2] * right[0] - back[0] * right[2],
        back[0] * right[1] - back[1] * right[0],
    )
    offset = _minus(point, camera.position)
    scale = height / 2 / math.tan(math.radians(camera.field_deg or 30.0) / 2) / -_dot(offset, back)
    return width / 2 + scale * _dot(offset, right), height / 2 - scale * _dot(offset, up)


def table_title(territory: Territory, texts: PageTexts) -> str:
    """Return the heading of the model."""
    if territory.relief:
        return texts.gettext("La Porte du Hainaut in relief")
    return texts.gettext("The territory as a table model")


def table_seen(territory: Territory, texts: PageTexts) -> str:
    """Return what the picture of the model shows, for readers who do not see it."""
    if territory.relief:
        return texts.gettext("Shaded relief of the territory, and on it the outlines of the places")
    return texts.gettext("The communes as a plate, and on it the outlines of the places, raised")


def relief_credit(territory: Territory | None, texts: PageTexts) -> str:
    """Return whose the relief is; empty without one."""
    if territory is None or territory.relief is None:
        return ""
    relief = territory.relief
    return texts.gettext("Relief: %(credit)s, %(licence)s.", credit=relief.credit, licence=relief.licence)


def _describe_measured(territory: Territory, relief: Relief, texts: PageTexts) -> str:
    """Return what is measured of a relief, and what is not."""
    measured = texts.gettext(
        "Relief measured from the air, %(year)s; heights are %(times)s times as large as lengths.",
        year=relief.year,
        times=texts.wording.number(territory.exaggeration),
    )
    if relief.share >= WHOLE:
        return measured
    known = texts.gettext(
        "Terrain is known for %(share)s %% of the territory; elsewhere the plate is level, and heights are symbols.",
        share=texts.wording.number(math.floor(relief.share * 100)),
    )
    return f"{measured} {known}"


def table_heights(territory: Territory, texts: PageTexts) -> str:
    """Return what the heights on the model mean, and how much larger they are drawn."""
    if territory.relief:
        return _describe_measured(territory, territory.relief, texts)
    return texts.gettext(
        "Heights are symbols of the kinds of places, %(times)s times as large as lengths.",
        times=texts.wording.number(territory.exaggeration),
    )


def table_sources(territory: Territory, texts: PageTexts) -> str:
    """Return whose relief and outlines the model shows, or which of its heights are deduced from sources."""
    outlines = texts.gettext("Outlines of the places: Mission Bassin Minier, Licence Ouverte 2.0.")
    if territory.relief:
        return f"{relief_credit(territory, texts)} {outlines}"
    deduced = [plain(place.name) for place in territory.places if place.height.code == "deduced"]
    if not deduced:
        return outlines
    names = texts.join_list(deduced)
    sentence = texts.gettext("Only these heights are deduced from sources: %(places)s.", places=names)
    return f"{sentence} {outlines}"


def corner_height(territory: Territory, place: TablePlace, texts: PageTexts) -> str:
    """Return what the height of a place on the model means."""
    times = texts.wording.number(territory.exaggeration)
    if territory.relief and place.height.code == "attested":
        measured = texts.gettext(
            "Ground measured from the air, %(year)s, with the official outline; heights are %(times)s times as large "
            "as lengths.",
            year=territory.relief.year,
            times=times,
        )
        return f"{measured} {relief_credit(territory, texts)}"
    if place.height.code != "deduced":
        return texts.gettext(
            "Symbolic height, from the official outline; heights are %(times)s times as large as lengths.", times=times
        )
    return texts.gettext(
        "Height deduced from a source (%(height)s), shape from the official outline; heights are %(times)s times as "
        "large as lengths.",
        height=format_distance(place.height_m, texts.wording),
        times=times,
    )


def table_picture(territory: Territory, base_url: str) -> tuple[str, int, int, str]:
    """Return the preview image of the home page."""
    view = territory.wide
    return base_url + view.pictures[0].url, view.width, view.height, plain(territory.title)


def _minus(one: Sequence[float], other: Sequence[float]) -> Triple:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _unit(vector: Triple) -> Triple:
    length = math.sqrt(_dot(vector, vector)) or 1.0
    return vector[0] / length, vector[1] / length, vector[2] / length
