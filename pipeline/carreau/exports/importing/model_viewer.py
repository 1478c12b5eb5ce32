"""Read HTML pages with `<model-viewer>`: its model, poster and hotspots, and the texts of the page.

Positions are in metres after the turn and scale that the element gives its model (github.com/google/model-viewer,
Apache-2.0: scene-graph.ts, annotation.ts).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from carreau.base.messages import message
from carreau.catalogue.fields import NAME
from carreau.catalogue.site import Triple
from carreau.exports.importing.media_shelf import MediaShelf
from carreau.exports.importing.record import (
    Outcomes,
    SourceAnnotation,
    SourceCamera,
    SourceModel,
    SourcePlace,
    SourceStep,
    SourceTour,
    Texts,
    known_licence,
    tour_of_views,
)
from carreau.exports.importing.source_files import (
    IDENTITY,
    SUFFIXES,
    Matrix,
    NotTakenError,
    SourceFolder,
    X,
    Y,
    Z,
    number,
    product,
    round_triple,
    scaling,
    shorten_reference,
    turn,
    turn_normal,
)
from carreau.exports.importing.texts import (
    clean,
    converted_element,
    parse_html,
    parse_language,
    split_titles,
    tell_markup,
)

ELEMENT = "model-viewer"
_METRES: Mapping[str, float] = {"": 1.0, "m": 1.0, "cm": 0.01, "mm": 0.001}
_DEGREES: Mapping[str, float] = {"": 180 / math.pi, "rad": 180 / math.pi, "deg": 1.0}
_WORD = re.compile(r"(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z%]*)", re.IGNORECASE)
_PAGE_FURNITURE = frozenset(
    ["aside", "button", "footer", "header", "input", "label", ELEMENT, "nav", "option", "select", "textarea"]
)
_OTHER_ATTRIBUTES = (
    "animation-name", "ar", "auto-rotate", "camera-orbit", "environment-image", "exposure", "ios-src", "skybox-image",
    "shadow-intensity", "variant-name",
)  # fmt: skip


def is_page(content: bytes) -> bool:
    """Return whether bytes are HTML with the element."""
    return f"<{ELEMENT}".encode() in content.lower()


def read(path: Path, content: bytes, outcomes: Outcomes) -> SourcePlace:
    """Return the record of a page, and add what is lost to the outcomes; no content of it raises an error."""
    return _PageReader(path, content, outcomes).place()


class _PageReader:
    def __init__(self, path: Path, content: bytes, outcomes: Outcomes) -> None:
        self._path, self._outcomes = path, outcomes
        self._root = parse_html(content)
        self._language = parse_language(self._root.get("lang", "")) if self._root is not None else ""
        self._address = self._find_link("canonical")
        self._shelf = MediaShelf(SourceFolder(path, self._address), outcomes)
        licence = self._find_link("license")
        self._licence = known_licence(licence)
        self._questions: tuple[str, ...] = ()
        if licence and not self._licence:
            self._questions = (f"Licence selon la page, inconnue du catalogue : {licence[:200]}. Laquelle est-ce ?",)
            what = message("'%(rights)s' is no licence that the catalogue knows; it is left out", rights=licence[:200])
            outcomes.lose(message("licence"), what)

    def place(self) -> SourcePlace:
        title = clean(" ".join(each.text or "" for each in self._elements("title", 1)))
        heading = next((converted_element(each).text.replace("\n\n", " ") for each in self._elements("h1", 1)), "")
        name = heading or title
        author = self._meta("author")
        rights = self._meta("copyright") or self._meta("dcterms.rights")
        models = tuple(self._model(each, place) for place, each in enumerate(self._elements(ELEMENT, 100), 1))
        return SourcePlace(
            origin=f"page « {title or name or self._path.name} »",
            names=self._make_texts(name),
            summaries=self._make_texts(self._meta("description") or self._meta("og:description")),
            descriptions=self._make_texts(self._text(name)),
            credit=rights or author,
            licence=self._licence or known_licence(rights),
            author=author,
            sources=((title or name or self._path.name, self._address),) if self._address else (),
            models=models,
            media=self._shelf.all(),
            questions=self._questions,
        )

    def _elements(self, name: str, most: int) -> list[Any]:
        elements = self._root.iter(name) if self._root is not None else iter(())
        return [each for _, each in zip(range(most), elements, strict=False)]

    def _make_texts(self, text: str) -> Texts:
        return {self._language: text} if text else {}

    def _meta(self, name: str) -> str:
        elements = (each for each in self._elements("meta", 1000) if name in (each.get("name"), each.get("property")))
        return next((text for each in elements if (text := clean(each.get("content", "")))), "")

    def _find_link(self, relation: str) -> str:
        """Return the address of a link by its relation."""
        links = [*self._elements("link", 1000), *self._elements("a", 10_000)]
        addresses = (each.get("href", "") for each in links if relation in each.get("rel", "").lower().split())
        return next((each.strip() for each in addresses if each.strip()), "")

    def _text(self, name: str) -> str:
        """Return the text of the page: of its main part where it has one, without menus and the like."""
        parts = [*self._elements("main", 1), *self._elements("article", 1), *self._elements("body", 1)]
        if not parts:
            return ""
        converted = converted_element(parts[0], without=_PAGE_FURNITURE)
        tell_markup(message("text of the page"), converted, self._outcomes)
        for picture in converted.pictures:
            self._shelf.take(picture.reference, alts=self._make_texts(picture.alt))
        return converted.below(name)

    def _model(self, element: Any, place: int) -> SourceModel:
        alt = clean(element.get("alt", ""))
        source = element.get("src", "").strip()
        name = source.rpartition("/")[2].partition(".")[0] or f"{place}"
        label = message("model '%(name)s'", name=shorten_reference(name))
        file, address = None, ""
        try:
            if not source:
                raise NotTakenError(message("the page names no file for it"))
            glb = self._shelf.folder.find(source)
            if glb.path.suffix.lower() not in SUFFIXES:
                raise NotTakenError(message("'%(file)s' is no GLB or glTF", file=glb.path.name))
            file, address = glb.path, glb.address
        except NotTakenError as error:
            self._outcomes.lose(label, error.reason)
        poster = element.get("poster", "").strip()
        has_poster = bool(poster and self._shelf.take(poster, alts=self._make_texts(alt), licence=self._licence))
        others = tuple(each for each in _OTHER_ATTRIBUTES if element.get(each) is not None)
        if others:
            item = message("settings of the viewer (%(names)s)", names=others)
            self._outcomes.lose(
                item, message("the viewer has its own; a place has no first view but that of its tours")
            )
        hotspots = [each for each in element.iter() if _is_hotspot(each)]
        pins = [(each, self._hotspot(each, number)) for number, each in enumerate(hotspots, 1)]
        placed_pins = [(each, pin) for each, pin in pins if pin is not None]
        field = _numbers(element.get("field-of-view", ""), _DEGREES, 1)
        steps = tuple(self._steps(element, placed_pins, field[0] if field else None))
        return SourceModel(
            name=name,
            titles=self._make_texts(clean(element.get("title", ""))),
            file=file,
            placed=_parse_placement(element),
            address=address,
            notes={} if has_poster else self._make_texts(alt),
            annotations=tuple(pin for _, pin in placed_pins),
            tours=(SourceTour("vues", tour_of_views(), {}, steps),) if steps else (),
            credit=self._meta("copyright"),
            licence=self._licence,
        )

    def _hotspot(self, element: Any, place: int) -> SourceAnnotation | None:
        name = element.get("slot", "").removeprefix("hotspot").lstrip("-") or f"{place}"
        converted = converted_element(element)
        text = converted.text or clean(element.get("title", "") or element.get("aria-label", ""))
        label = message("annotation '%(name)s'", name=shorten_reference(name))
        if not text:
            self._outcomes.lose(label, message("it has no text"))
            return None
        tell_markup(label, converted, self._outcomes)
        media = tuple(
            taken
            for each in converted.pictures
            if (taken := self._shelf.take(each.reference, alts=self._make_texts(each.alt), licence=self._licence))
        )
        if element.get("data-surface") and not element.get("data-position"):
            what = message("its place on a triangle of the model (data-surface): the catalogue takes a point in metres")
            self._outcomes.lose(label, what)
        titles, rest = split_titles(self._make_texts(text), NAME)
        normal = _triple(element.get("data-normal", ""))
        return SourceAnnotation(
            name,
            _triple(element.get("data-position", "")),
            None if normal is None else turn_normal(IDENTITY, normal),
            titles,
            rest,
            tuple(dict.fromkeys(media)),
        )

    def _steps(
        self, viewer: Any, pins: list[tuple[Any, SourceAnnotation]], field_deg: float | None
    ) -> Iterator[SourceStep]:
        """Yield a step for each hotspot with a view of its own (data-orbit, data-target)."""
        for element, pin in pins:
            orbit = element.get("data-orbit", "")
            if not orbit.strip():
                continue
            target = _triple(element.get("data-target", "") or viewer.get("camera-target", ""))
            camera = None if target is None else orbit_camera(orbit, target, field_deg)
            if camera is None:
                label = message("view of annotation '%(name)s'", name=shorten_reference(pin.name))
                self._outcomes.lose(label, message("its orbit and target are not all in metres and degrees"))
            else:
                yield SourceStep(camera, pin.name)


def _is_hotspot(element: Any) -> bool:
    return isinstance(element.tag, str) and element.get("slot", "").startswith("hotspot")


def orbit_camera(orbit: str, target: Triple, field_deg: float | None = None) -> SourceCamera | None:
    """Return the camera of an orbit about a target: heading, angle from above, and distance; None for other units.

    >>> orbit_camera("90deg 90deg 2m", (0.0, 1.0, 0.0))
    SourceCamera(position=(2.0, 1.0, 0.0), target=(0.0, 1.0, 0.0), field_deg=None)
    """
    words = orbit.split()
    if len(words) != 3:
        return None
    angles, away = _numbers(" ".join(words[:2]), _DEGREES, 2), _numbers(words[2], _METRES, 1)
    if angles is None or away is None or away[0] <= 0:
        return None
    theta, phi = math.radians(angles[0]), math.radians(angles[1])
    flat = away[0] * math.sin(phi)
    x, y, z = target
    position = (x + flat * math.sin(theta), y + away[0] * math.cos(phi), z + flat * math.cos(theta))
    return SourceCamera(round_triple(position), target, field_deg)


def _parse_placement(element: Any) -> Matrix:
    """Return the turn and scale of a model: the orientation is roll, pitch and yaw, in the order yaw, pitch, roll."""
    angles = _numbers(element.get("orientation", ""), _DEGREES, 3) or (0.0, 0.0, 0.0)
    sizes = _numbers(element.get("scale", ""), {"": 1.0}, 3) or (1.0, 1.0, 1.0)
    roll, pitch, yaw = angles[:3]
    return product(turn(Y, yaw), turn(X, pitch), turn(Z, roll), scaling((sizes[0], sizes[1], sizes[2])))


def _triple(text: str) -> Triple | None:
    values = _numbers(text, _METRES, 3)
    return None if values is None else round_triple((values[0], values[1], values[2]))


def _numbers(text: str, units: Mapping[str, float], count: int) -> tuple[float, ...] | None:
    """Return numbers in metres, degrees or none, by a table of units; None for others, such as calc() and auto."""
    words = text.split()
    matches = [_WORD.fullmatch(word) for word in words]
    values = [
        value * units[match[2].lower()]
        for match in matches
        if match and match[2].lower() in units and (value := number(float(match[1]))) is not None
    ]
    return tuple(values) if len(values) == len(words) == count else None
