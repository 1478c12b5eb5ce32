"""Read scenes of Smithsonian Voyager: `scene.svx.json` with its models, articles and media.

It follows the schemas and sources of Voyager (github.com/Smithsonian/dpo-voyager, Apache-2.0). A model stands in the
scene by its unit, its pose and its node. Annotations are in the units of the model after its pose, as
CVAnnotationsTask.ts writes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from carreau.base.messages import message
from carreau.exports.importing.media_shelf import MediaShelf
from carreau.exports.importing.record import (
    Outcomes,
    SourceAnnotation,
    SourceFact,
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
    even_scaling,
    from_columns,
    indices,
    item,
    members,
    move_point,
    number,
    numbers,
    objects,
    product,
    rotation,
    scaling,
    shorten_reference,
    string,
    translation,
    triple,
    turn_normal,
)
from carreau.exports.importing.texts import clean, joined_texts, main_language, main_title, parse_language
from carreau.exports.importing.voyager_tours import Articles, Snapshot, read_texts, snapshots, tours

MIME = "application/si-dpo-3d.document+json"
METRES: Mapping[str, float] = {
    "mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344,
}  # fmt: skip
DEFAULT_UNIT = "cm"
"""Of scenes and models that name none (CVModel2.ts)."""

_QUALITIES = ("Highest", "High", "Medium", "Low", "Thumb")
_APPEARANCE = ("style", "scale", "offset", "tilt", "azimuth", "color", "marker", "tags", "taglist")
_SETTINGS = (
    "interface", "viewer", "reader", "navigation", "background", "floor", "grid", "tape", "slicer", "environment",
    "audio",
)  # fmt: skip
_TOLD = ("titles", "title", "intros", "intro")


def is_scene(document: Mapping[str, Any]) -> bool:
    """Return whether a JSON object is a scene of Voyager."""
    return string(members(document.get("asset")).get("type")) == MIME


def read(path: Path, document: Mapping[str, Any], outcomes: Outcomes) -> SourcePlace:
    """Return the record of a scene, and add what is lost to the outcomes; no content of it raises an error."""
    return _SceneReader(path, document, outcomes).place()


class _SceneReader:
    def __init__(self, path: Path, document: Mapping[str, Any], outcomes: Outcomes) -> None:
        self._path, self._document, self._outcomes = path, document, outcomes
        index = document.get("scene", 0)
        self._scene = item(document.get("scenes"), index)
        self._setup = item(document.get("setups"), self._scene.get("setup"))
        self._meta = item(document.get("metas"), self._scene.get("meta"))
        self._unit = _unit(self._scene) or _unit(self._setup) or DEFAULT_UNIT
        self._shelf = MediaShelf(SourceFolder(path), outcomes)
        self._articles = Articles(self._shelf, outcomes)
        self._nodes = list(self._placed_nodes())

    def place(self) -> SourcePlace:
        metas: list[Mapping[str, Any]] = [self._meta, *(self._find_meta(node) for node, _ in self._nodes)]
        for meta in metas:
            self._articles.add(objects(meta.get("articles", [])))
        sounds = {name: taken for meta in metas for name, taken in self._sounds(meta)}
        models = [
            self._model(node, matrix, sounds)
            for node, matrix in self._nodes
            if item(self._document.get("models"), node.get("model"))
        ]
        models = self._with_tours(models, metas, sounds)
        collection = members(self._meta.get("collection"))
        names = read_texts(collection, "titles", "title") or next((each.titles for each in models if each.titles), {})
        copyright_ = clean(members(self._document.get("asset")).get("copyright"))
        licence = known_licence(copyright_)
        facts = tuple(fact for meta in metas for fact in self._facts(meta))
        descriptions = self._descriptions()
        self._tell_lost()
        return SourcePlace(
            origin=f"scène Voyager « {main_title(names, self._path.name)} »",
            names=names or self._plain_name(),
            summaries=read_texts(collection, "intros", "intro"),
            descriptions=descriptions,
            credit=copyright_,
            licence=licence,
            facts=facts,
            models=tuple(models),
            media=self._shelf.all(),
            questions=(f"La scène d’origine dit : « {copyright_} ». Sous quelle licence ?",)
            if copyright_ and not licence
            else (),
        )

    def _placed_nodes(self) -> Iterator[tuple[Mapping[str, Any], Matrix]]:
        """Yield the nodes of the scene with their matrices, in the units of the scene; each node once."""
        waiting, seen = list[tuple[Any, Matrix]](), set[int]()
        waiting += [(index, IDENTITY) for index in reversed(indices(self._scene.get("nodes")))]
        while waiting:
            index, above = waiting.pop()
            node = item(self._document.get("nodes"), index)
            if index in seen or not node:
                continue
            seen.add(index)
            matrix = product(above, _matrix(node))
            yield node, matrix
            waiting += [(child, matrix) for child in reversed(indices(node.get("children")))]

    def _find_meta(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        return item(self._document.get("metas"), node.get("meta"))

    def _plain_name(self) -> Texts:
        """Return the name of the scene or its first model, in no language; "Scene" is what Voyager itself writes."""
        models = (node for node, _ in self._nodes if "model" in node)
        names = (clean(each.get("name")) for each in (self._scene, *models))
        name = next((each for each in names if each and each.lower() not in ("scene", "model")), "")
        return {"": name} if name else {}

    def _sounds(self, meta: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield the id of each sound with the name of its medium: a medium has one file, that of the main language."""
        for clip in objects(meta.get("audio", [])):
            uris = {parse_language(code): string(uri) for code, uri in members(clip.get("uris")).items() if string(uri)}
            if not uris:
                continue
            name, code = string(clip.get("id")), main_language(uris)
            titles = {code: clean(clip.get("name"))} if clean(clip.get("name")) else {}
            captions = {parse_language(key): string(uri) for key, uri in members(clip.get("captionUris")).items()}
            others = sorted({uri for uri in uris.values() if uri != uris[code]})
            for uri in others:
                what = message("a sound of the catalogue has one file; that of another language was taken")
                self._outcomes.lose(message("medium '%(name)s'", name=shorten_reference(uri)), what)
            if taken := self._shelf.take(uris[code], titles=titles, captions=captions.get(code, "")):
                yield name, taken

    def _model(self, node: Mapping[str, Any], matrix: Matrix, sounds: Mapping[str, str]) -> SourceModel:
        model = item(self._document.get("models"), node.get("model"))
        metres = METRES[self._unit]
        own_unit = self._unit if model.get("units") == "inherit" else _unit(model) or DEFAULT_UNIT
        pinned = product(even_scaling(metres), matrix, even_scaling(METRES[own_unit] / metres))
        turning = numbers(model.get("rotation"), 4) or (0.0, 0.0, 0.0, 1.0)
        pose = product(
            translation(triple(model.get("translation")) or (0.0, 0.0, 0.0)),
            rotation((turning[0], turning[1], turning[2], turning[3])),
        )
        titles = read_texts(members(self._find_meta(node).get("collection")), "titles", "title")
        own = clean(node.get("name"))
        name = main_title(titles, own)
        file, address = self._file(model, name)
        annotations = [self._annotation(each, pinned, sounds) for each in objects(model.get("annotations", []))]
        return SourceModel(
            name=own,
            titles=titles or ({"": own} if own and own.lower() != "model" else {}),
            file=file,
            placed=product(pinned, pose),
            address=address,
            annotations=tuple(annotations),
        )

    def _file(self, model: Mapping[str, Any], name: str) -> tuple[Path | None, str]:
        """Return the best file of a model that can be taken, and its address if it has one on the network."""
        label, left = message("model '%(name)s'", name=name), list[str]()
        taken: tuple[Path | None, str] = (None, "")
        for uri in _best_first(model):
            if taken[0] is not None:
                left.append(uri)
                continue
            try:
                if not _strip_query(uri).endswith(SUFFIXES):
                    raise NotTakenError(message("'%(file)s' is no GLB or glTF", file=shorten_reference(uri)))
                source = self._shelf.folder.find(uri)
                taken = source.path, source.address
            except NotTakenError as error:
                self._outcomes.lose(label, error.reason)
        if left:
            names = tuple(shorten_reference(uri) for uri in left[:8])
            what = message("its other files %(names)s: the build makes its own from the best one", names=names)
            self._outcomes.lose(label, what)
        return taken

    def _annotation(self, annotation: Mapping[str, Any], pinned: Matrix, sounds: Mapping[str, str]) -> SourceAnnotation:
        titles, leads = read_texts(annotation, "titles", "title"), read_texts(annotation, "leads", "lead")
        name = string(annotation.get("id"))
        article = string(annotation.get("articleId"))
        point, direction = triple(annotation.get("position")), triple(annotation.get("direction"))
        if isinstance(annotation.get("zoneIndex"), int) and annotation["zoneIndex"] > 0:
            label = message("annotation '%(name)s'", name=main_title(titles, name))
            self._outcomes.lose(label, message("its zone: the catalogue marks points only"))
        return SourceAnnotation(
            name=name,
            point=None if point is None else move_point(pinned, point),
            normal=None if direction is None else turn_normal(pinned, direction),
            titles=titles,
            texts=joined_texts(leads, self._articles.texts(article, titles)),
            media=tuple(each for each in (*self._media(annotation, sounds), *self._articles.media(article)) if each),
        )

    def _media(self, annotation: Mapping[str, Any], sounds: Mapping[str, str]) -> Iterator[str]:
        if picture := string(annotation.get("imageUri")):
            credits_ = read_texts(annotation, "imageCredit", "imageCredit")
            alts = read_texts(annotation, "imageAltText", "imageAltText")
            yield self._shelf.take(picture, alts=alts, credit=credits_.get(main_language(credits_), ""))
        yield sounds.get(string(annotation.get("audioId")), "")

    def _with_tours(
        self, models: list[SourceModel], metas: list[Mapping[str, Any]], sounds: Mapping[str, str]
    ) -> list[SourceModel]:
        """Return the models with the tours of the scene, which belong to the first one."""
        fields = (_field_deg(item(self._document.get("cameras"), node.get("camera"))) for node, _ in self._nodes)
        shots = snapshots(self._setup, METRES[self._unit], next((each for each in fields if each), None))
        titles = {each.name: each.titles for model in models for each in model.annotations}
        source_tours = tours(
            self._setup, shots, titles, dict(self._heard(metas, sounds)), self._articles, self._outcomes
        )
        if views := self._views(shots):
            source_tours = (*source_tours, SourceTour("vues", tour_of_views(), {}, views))
        if not models:
            for tour in source_tours:
                label = message("tour '%(name)s'", name=main_title(tour.titles, tour.name))
                self._outcomes.lose(label, message("the scene has no model that it could go with"))
            return models
        first = models[0]
        return [replace(first, tours=source_tours), *models[1:]]

    def _views(self, shots: Mapping[str, Snapshot]) -> tuple[SourceStep, ...]:
        """Return a step for each annotation that has a view of its own."""
        models = (item(self._document.get("models"), node.get("model")) for node, _ in self._nodes)
        pinned = (each for model in models for each in objects(model.get("annotations", [])))
        seen = ((string(each.get("id")), shots.get(string(each.get("viewId")))) for each in pinned)
        return tuple(SourceStep(shot.camera, name) for name, shot in seen if shot and shot.camera)

    def _heard(self, metas: list[Mapping[str, Any]], sounds: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the steps of tours with the sounds that are played there; other actions are lost."""
        for action in (each for meta in metas for each in objects(meta.get("actions", []))):
            sound = sounds.get(string(action.get("audioId")), "")
            if string(action.get("trigger")) == "OnTourStep" and sound:
                yield string(action.get("triggerDetail")), sound
            else:
                label = message("action '%(name)s'", name=string(action.get("type")) or "?")
                self._outcomes.lose(label, message("the catalogue has no actions but sounds at steps of tours"))

    def _descriptions(self) -> Texts:
        """Return the leading article, then those that nothing else refers to."""
        leading = string(item(self._meta.get("articles"), self._meta.get("leadArticle")).get("id"))
        names = [name for name in self._articles.unread() if name != leading]
        names = [leading, *names] if leading else names
        parts = list[Texts]()
        for name in names:
            titles = self._articles.titles(name)
            texts = self._articles.texts(name, titles)
            self._articles.media(name)
            headings = {} if name == leading else {code: text for code, text in titles.items() if code in texts}
            parts.append(joined_texts(headings, texts))
        return joined_texts(*parts)

    def _facts(self, meta: Mapping[str, Any]) -> Iterator[SourceFact]:
        """Yield the record of a collection and of the processing, as far as it is texts and numbers."""
        for group in ("collection", "process"):
            for key, value in members(meta.get(group)).items():
                texts = {parse_language(code): clean(text) for code, text in members(value).items() if clean(text)}
                plain = clean(value) or (f"{value}" if number(value) is not None else "")
                if key in _TOLD or not (value or value == 0):
                    continue
                if plain or (texts and len(texts) == len(value)):
                    yield SourceFact({"": clean(key)}, texts or {"": plain})
                else:
                    label = message("record '%(name)s'", name=shorten_reference(clean(key)))
                    self._outcomes.lose(label, message("it is neither a text nor a number"))

    def _tell_lost(self) -> None:
        """Say which parts of a scene the catalogue does not have."""
        lose = self._outcomes.lose
        if len(objects(self._document.get("scenes", []))) > 1:
            lose(message("other scenes of the file"), message("only the first one shown becomes a place"))
        lights = sum("light" in node for node, _ in self._nodes)
        if lights:
            lose(message("lights"), message("the viewer has its own light"))
        settings = tuple(name for name in _SETTINGS if self._setup.get(name))
        if settings:
            label = message("settings of the viewer (%(names)s)", names=settings)
            lose(label, message("the viewer has its own; a place has no first view but that of its tours"))
        models = [item(self._document.get("models"), node.get("model")) for node, _ in self._nodes]
        pinned = [each for model in models for each in objects(model.get("annotations", []))]
        if any(each.get(name) for each in pinned for name in _APPEARANCE):
            lose(message("appearance of annotations"), message("the viewer has one for all: styles, colours and tags"))
        if any(model.get("material") for model in models):
            lose(message("materials set in the scene"), message("those of the model itself are shown"))
        if any(objects(self._find_meta(node).get("images", [])) for node, _ in self._nodes) or self._meta.get("images"):
            lose(message("preview pictures"), message("the build renders its own"))
        if any(objects(self._find_meta(node).get("video", [])) for node, _ in self._nodes) or self._meta.get("video"):
            lose(message("videos of the scene"), message("add the files as media, with captions and transcript"))


def _unit(node: Mapping[str, Any]) -> str:
    unit = string(node.get("units"))
    return unit if unit in METRES else ""


def _matrix(node: Mapping[str, Any]) -> Matrix:
    """Return the transform of a node to the one above it."""
    whole = numbers(node.get("matrix"), 16)
    if whole is not None:
        return from_columns(whole)
    turning = numbers(node.get("rotation"), 4) or (0.0, 0.0, 0.0, 1.0)
    return product(
        translation(triple(node.get("translation")) or (0.0, 0.0, 0.0)),
        rotation((turning[0], turning[1], turning[2], turning[3])),
        scaling(triple(node.get("scale")) or (1.0, 1.0, 1.0)),
    )


def _best_first(model: Mapping[str, Any]) -> list[str]:
    """Return the files of a model for the web, the finest first, then those for other uses, each once."""
    ranked = list[tuple[int, int, str]]()
    for derivative in objects(model.get("derivatives", [])):
        quality, usage = string(derivative.get("quality")), string(derivative.get("usage"))
        rank = _QUALITIES.index(quality) if quality in _QUALITIES else len(_QUALITIES)
        for asset in objects(derivative.get("assets", [])):
            if string(asset.get("uri")) and string(asset.get("type")) in ("", "Model", "Geometry", "Points"):
                ranked.append((int(usage not in ("", "Web3D")), rank, string(asset.get("uri"))))
    order = [uri for _, _, uri in sorted(ranked, key=lambda each: each[:2])]
    return list(dict.fromkeys(order))


def _strip_query(uri: str) -> str:
    return uri.partition("?")[0].partition("#")[0].lower()


def _field_deg(camera: Mapping[str, Any]) -> float | None:
    """Return the vertical field of view in degrees; Voyager writes degrees, its schema says radians."""
    field = number(members(camera.get("perspective")).get("yfov"))
    if field is None or field <= 0:
        return None
    return field if field > math.pi else math.degrees(field)
