"""Tours of a Voyager scene: each step is a snapshot of the viewer, of which view, annotation and article are kept.

Voyager turns its camera about a pivot, the origin in older scenes, by heading, then by pitch, then by roll, and moves
it by an offset in its own axes (CVOrbitNavigation.ts; `carreau.exports.svx` is the inverse).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carreau.base.errors import cannot_read
from carreau.base.messages import decode_text, message
from carreau.catalogue.site import Triple
from carreau.exports.importing.media_shelf import MediaShelf
from carreau.exports.importing.record import Outcomes, SourceCamera, SourceStep, SourceTour, Texts
from carreau.exports.importing.source_files import (
    NotTakenError,
    X,
    Y,
    Z,
    even_scaling,
    members,
    move_point,
    objects,
    product,
    shorten_reference,
    string,
    translation,
    triple,
    turn,
)
from carreau.exports.importing.texts import (
    LARGEST_BYTES,
    Converted,
    clean,
    convert_html,
    joined_texts,
    main_title,
    parse_language,
    plain_markup,
    tell_markup,
)

_NEAREST = 1e-3
"""Of the distance to a target, as a share of an offset that has none: the direction is all that counts then."""


def orbit_camera(
    orbit: Triple, offset: Triple, pivot: Triple, metres: float, field_deg: float | None = None
) -> SourceCamera:
    """Return the camera of Voyager's orbit navigation.

    orbit : pitch, heading and roll in degrees
    offset : right, up and away in the camera's axes, in the units of the scene
    pivot : in the units of the scene
    metres : of such a unit

    The target is the point of the view that lies beside the pivot, since Voyager knows a direction only.

    >>> orbit_camera((0, 90, 0), (0, 2, 10), (0, 0, 0), 0.01)
    SourceCamera(position=(0.1, 0.02, 0.0), target=(0.0, 0.02, 0.0), field_deg=None)
    """
    pitch, heading, roll = orbit
    axes = product(
        even_scaling(metres), translation(pivot), turn(Y, heading), turn(X, pitch), turn(Z, roll)
    )  # fmt: skip
    right, up, away = offset
    beside = 0.0 if away > 0 else away - max(_NEAREST * math.hypot(right, up, away), _NEAREST)
    return SourceCamera(move_point(axes, (right, up, away)), move_point(axes, (right, up, beside)), field_deg)


@dataclass(frozen=True)
class Snapshot:
    """The part of a snapshot that a step of a tour has."""

    camera: SourceCamera | None
    annotation: str
    article: str


def snapshots(setup: Mapping[str, Any], metres: float, field_deg: float | None) -> dict[str, Snapshot]:
    """Return the snapshots of a setup by id.

    metres : of a unit of the scene
    """
    recorded = members(setup.get("snapshots"))
    targets = recorded.get("targets")
    names = [string(each) for each in targets] if isinstance(targets, list) else []

    def value(values: Any, *endings: str) -> Any:
        places = [place for place, name in enumerate(names) if name.endswith(endings)]
        known = [values[place] for place in places if isinstance(values, list) and place < len(values)]
        return known[0] if known else None

    result = dict[str, Snapshot]()
    for state in objects(recorded.get("states", [])):
        values = state.get("values")
        orbit, offset = (
            triple(value(values, f"navigation/{name}", f"navigation/orbit/{name}")) for name in ("orbit", "offset")
        )
        pivot = triple(value(values, "navigation/pivot", "navigation/orbit/pivot")) or (0.0, 0.0, 0.0)
        camera = None if orbit is None or offset is None else orbit_camera(orbit, offset, pivot, metres, field_deg)
        annotation, article = value(values, "viewer/activeAnnotation"), value(values, "reader/articleId")
        result[string(state.get("id"))] = Snapshot(camera, string(annotation), string(article))
    return result


def tours(
    setup: Mapping[str, Any], shots: Mapping[str, Snapshot], annotations: Mapping[str, Texts],
    sounds: Mapping[str, str], articles: Articles, outcomes: Outcomes,
) -> tuple[SourceTour, ...]:  # fmt: skip
    """Return the tours of a setup.

    shots : snapshots by id
    annotations : their titles by id
    sounds : names of media by id of the step that they are heard at
    """
    result = list[SourceTour]()
    for place, tour in enumerate(objects(setup.get("tours", []))):
        titles, leads = read_texts(tour, "titles", "title"), read_texts(tour, "leads", "lead")
        name = main_title(titles, string(tour.get("id")) or f"{place + 1}")
        steps = list[SourceStep]()
        for count, step in enumerate(objects(tour.get("steps", [])), 1):
            shot = shots.get(string(step.get("id")), Snapshot(None, "", ""))
            annotation = shot.annotation if shot.annotation in annotations else ""
            if shot.camera is None and not annotation:
                item = message("step %(number)s of tour '%(name)s'", number=count, name=name)
                outcomes.lose(item, message("it has neither a view nor an annotation"))
                continue
            own = read_texts(step, "titles", "title")
            text = articles.texts(shot.article, own) or read_texts(step, "altTexts", "altText")
            texts = joined_texts(_new_titles(own, titles, annotations.get(annotation, {}), text), text)
            steps.append(SourceStep(shot.camera, annotation, texts, sounds.get(string(step.get("id")), "")))
        result.append(SourceTour(string(tour.get("id")), titles, leads, tuple(steps)))
    return tuple(result)


def _new_titles(own: Texts, of_tour: Texts, of_annotation: Texts, text: Texts) -> Texts:
    """Return the title of a step, but not one that only counts the steps, or repeats what is shown with it anyway."""

    def is_new(code: str, title: str) -> bool:
        is_count = re.fullmatch(rf"{re.escape(of_tour.get(code, ''))}\W*\d+", title) is not None
        repeats = title == of_annotation.get(code) or text.get(code, "").startswith(title)
        return not (repeats or (is_count and code in text))

    return {code: title for code, title in own.items() if is_new(code, title)}


DEFAULT_LANGUAGE = "en"
"""Of the texts of older scenes, which name none: Voyager takes them for English (`DEFAULT_LANGUAGE`, common.ts)."""


def read_texts(node: Mapping[str, Any], several: str, single: str) -> Texts:
    """Return a text of a Voyager object by language, from its map of languages or its older single string."""
    by_code = {parse_language(code): plain_markup(string(text)) for code, text in members(node.get(several)).items()}
    texts = {code: text for code, text in by_code.items() if text}
    alone = plain_markup(string(node.get(single)))
    return texts or ({DEFAULT_LANGUAGE: alone} if alone else {})


class Articles:
    """The articles of a scene by id; each is read when something first refers to it."""

    def __init__(self, shelf: MediaShelf, outcomes: Outcomes) -> None:
        """Start without any."""
        self._shelf, self._outcomes = shelf, outcomes
        self._entries: dict[str, Mapping[str, Any]] = {}
        self._read: dict[str, dict[str, Converted]] = {}

    def add(self, entries: list[dict[str, Any]]) -> None:
        """Add the articles of a meta; one without an id cannot be referred to, and has its number for one."""
        for entry in entries:
            self._entries.setdefault(string(entry.get("id")) or f"#{len(self._entries) + 1}", entry)

    def names(self) -> list[str]:
        """Return the ids."""
        return list(self._entries)

    def unread(self) -> list[str]:
        """Return the ids of articles that nothing has referred to."""
        return [name for name in self._entries if name not in self._read]

    def titles(self, name: str) -> Texts:
        """Return the title of an article."""
        return read_texts(self._entries.get(name, {}), "titles", "title")

    def texts(self, name: str, titles: Texts) -> Texts:
        """Return the text of an article as paragraphs, without a heading that repeats a title."""
        converted = self._convert(name)
        own = self.titles(name)
        texts = {code: each.below(titles.get(code) or own.get(code, "")) for code, each in converted.items()}
        return {code: text for code, text in texts.items() if text}

    def media(self, name: str) -> tuple[str, ...]:
        """Take the pictures of an article, and return their names."""
        pictures = dict[str, dict[str, str]]()
        for code, each in self._convert(name).items():
            for picture in each.pictures:
                alts = pictures.setdefault(picture.reference, {})
                alts |= {code: picture.alt} if picture.alt else {}
        names = (self._shelf.take(reference, alts=alts) for reference, alts in pictures.items())
        return tuple(dict.fromkeys(each for each in names if each))

    def _convert(self, name: str) -> dict[str, Converted]:
        if name in self._read or name not in self._entries:
            return self._read.get(name, {})
        entry = self._entries[name]
        uris = {parse_language(code): string(uri) for code, uri in members(entry.get("uris")).items() if string(uri)}
        if not uris and string(entry.get("uri")):
            uris = {DEFAULT_LANGUAGE: string(entry.get("uri"))}
        articles = dict[str, Converted]()
        self._read[name] = articles
        for code, uri in uris.items():
            item = message("article '%(name)s'", name=shorten_reference(uri))
            try:
                articles[code] = self._open_article(uri)
            except NotTakenError as error:
                self._outcomes.lose(item, error.reason)
                continue
            tell_markup(item, articles[code], self._outcomes)
        return articles

    def _open_article(self, uri: str) -> Converted:
        path = self._shelf.folder.find(uri).path
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_BYTES + 1)
        except OSError as error:
            raise NotTakenError(cannot_read(error)) from error
        if len(content) > LARGEST_BYTES:
            raise NotTakenError(message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6))
        text = decode_text(content)
        return Converted(clean(text)) if path.suffix.lower() in (".txt", ".md") else convert_html(text)
