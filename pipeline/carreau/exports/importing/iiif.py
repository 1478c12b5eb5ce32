"""Read IIIF manifests with 3D: scenes of Presentation 4 (a draft), and canvases with a model of Presentation 3."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from carreau.base.messages import message
from carreau.catalogue.fields import NAME
from carreau.catalogue.site import Triple
from carreau.exports.importing.iiif_values import (
    Resource,
    bodies,
    comment,
    first,
    first_id,
    language_map,
    motivations,
    resource,
    selected_normal,
    selected_point,
)
from carreau.exports.importing.media_shelf import MediaShelf
from carreau.exports.importing.record import (
    Outcomes,
    SourceAnnotation,
    SourceCamera,
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
    SUFFIXES,
    Matrix,
    NotTakenError,
    SourceFolder,
    even_scaling,
    members,
    move_point,
    number,
    objects,
    product,
    round_triple,
    shorten_reference,
    string,
    strings,
    translation,
    turn_normal,
)
from carreau.exports.importing.texts import clean, main_text, split_titles

_CONTEXT = "iiif.io/api/presentation/"
_KNOWN = frozenset((
    "@context", "id", "type", "label", "summary", "metadata", "requiredStatement", "rights", "provider", "homepage",
    "navPlace", "navDate", "items", "annotations", "thumbnail", "rendering", "seeAlso", "partOf", "behavior",
))  # fmt: skip
_CAMERAS = ("PerspectiveCamera", "OrthographicCamera")
_MEDIA = ("Image", "Audio", "Sound", "Video", "Text", "Dataset")
_FAR_ENOUGH = 1e-6


def is_manifest(document: Mapping[str, Any]) -> bool:
    """Return whether a JSON object is a manifest of Presentation 3 or 4."""
    contexts = list(strings(document.get("@context")))
    return string(document.get("type")) == "Manifest" and any(_CONTEXT in each for each in contexts)


def read(path: Path, document: Mapping[str, Any], outcomes: Outcomes) -> SourcePlace:
    """Return the record of a manifest, and add what is lost to the outcomes; no content of it raises an error."""
    return _ManifestReader(path, document, outcomes).place()


@dataclass
class _Scene:
    """A scene under construction.

    metres : of a unit of the scene
    models : ids of painting annotations and of models, with their matrices in metres
    cameras : by the id of the annotation that paints them, in order
    pins, annotations : by id, as read and as they are
    activated : ids of cameras by the id of the comment that leads to them
    """

    of: Mapping[str, Any]
    metres: float
    models: list[SourceModel] = field(default_factory=list)
    placed: dict[str, Matrix] = field(default_factory=dict)
    cameras: dict[str, tuple[SourceCamera, Texts]] = field(default_factory=dict)
    pins: dict[str, SourceAnnotation] = field(default_factory=dict)
    activated: dict[str, str] = field(default_factory=dict)
    tours: list[SourceTour] = field(default_factory=list)
    annotations: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _names: dict[Triple, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return string(self.of.get("id"))

    def point(self, target: Resource) -> Triple | None:
        """Return the point of a target in metres; one on a model is in the coordinates of the model."""
        point = selected_point(target)
        return None if point is None else move_point(self.placed.get(target.id, even_scaling(self.metres)), point)

    def pin(self, name: str, annotation: SourceAnnotation) -> None:
        """Add an annotation, or replace it."""
        self.pins[name] = annotation
        if annotation.point is not None:
            self._names.setdefault(annotation.point, name)

    def pin_at(self, point: Triple | None) -> str:
        """Return the name of the first annotation at a point, empty where there is none."""
        return "" if point is None else self._names.get(point, "")


class _ManifestReader:
    def __init__(self, path: Path, document: Mapping[str, Any], outcomes: Outcomes) -> None:
        self._path, self._document, self._outcomes = path, document, outcomes
        self._shelf = MediaShelf(SourceFolder(path, string(document.get("id"))), outcomes)
        self._rights = string(document.get("rights"))
        self._questions: list[str] = []

    def place(self) -> SourcePlace:
        document = self._document
        names = language_map(document.get("label"))
        statement = members(document.get("requiredStatement"))
        read_scenes = (self._scene(each) for each in objects(document.get("items", [])))
        scenes = [each for each in read_scenes if each is not None]
        for page in objects(document.get("annotations", [])):
            self._page(page, scenes)
        models = [model for scene in scenes for model in self._finish(scene)]
        self._tell_lost()
        if date := clean(document.get("navDate")):
            self._questions.append(f"Le manifeste porte la date {date} (navDate). Est-ce celle de l’état ?")
        return SourcePlace(
            origin=f"manifeste IIIF « {main_text(names) or self._path.name} »",
            names=names,
            summaries=language_map(document.get("summary")),
            credit=main_text(language_map(statement.get("value"))),
            licence=self._licence(self._rights),
            position=self._position(),
            facts=tuple(self._facts()),
            sources=tuple(self._sources(names)),
            models=tuple(models),
            media=self._shelf.all(),
            questions=tuple(self._questions),
        )

    def _scene(self, of: Mapping[str, Any]) -> _Scene | None:
        """Return the scene of an item of the manifest; None, with an outcome, for one without a model."""
        pages = [*objects(of.get("items", [])), *objects(of.get("annotations", []))]
        annotations = [each for page in objects(of.get("items", [])) for each in objects(page.get("items", []))]
        scale = members(of.get("spatialScale"))
        unit, factor = string(scale.get("unit")), number(scale.get("quantityValue", scale.get("value")))
        if factor is not None and (unit not in ("", "m") or factor <= 0):
            self._outcomes.lose(message("scale of the scene"), message("it is not a number of metres"))
        scene = _Scene(of, factor if factor is not None and factor > 0 and unit in ("", "m") else 1.0)
        for page in pages:
            scene.annotations |= {string(each.get("id")): each for each in objects(page.get("items", []))}
        for annotation in annotations:
            if "painting" in motivations(annotation):
                self._paint(annotation, scene)
        if not scene.models:
            name = main_text(language_map(of.get("label"))) or string(of.get("id"))
            item = message("'%(name)s' of the manifest", name=shorten_reference(name) or "?")
            self._outcomes.lose(item, message("it has no model, and becomes no state"))
            return None
        for annotation in annotations:
            if "painting" in motivations(annotation):
                self._film(annotation, scene)
        for page in pages:
            if "items" not in page:
                item = message("annotations at %(address)s", address=shorten_reference(string(page.get("id"))))
                self._outcomes.lose(item, message("they are in another file, and nothing is fetched"))
            self._page(page, [scene])
        return scene

    def _paint(self, annotation: Mapping[str, Any], scene: _Scene) -> None:
        """Add a model; say what else a scene shows is lost."""
        for body in bodies(annotation):
            painted, target = resource(body), resource(annotation.get("target"))
            if painted.type in _CAMERAS:
                continue
            if painted.type != "Model":
                kind = painted.type or string(body.get("type"))
                what = (
                    message("the viewer has its own light") if "Light" in kind else message("a state has a model only")
                )
                self._outcomes.lose(message("'%(kind)s' in the scene", kind=kind or "?"), what)
                continue
            placed = product(
                even_scaling(scene.metres), translation(selected_point(target) or (0.0, 0.0, 0.0)), painted.transform
            )
            scene.placed |= {string(annotation.get("id")): placed, painted.id: placed}
            scene.models.append(self._model(painted, placed, scene))
            return

    def _model(self, painted: Resource, placed: Matrix, scene: _Scene) -> SourceModel:
        titles = language_map(painted.of.get("label"))
        own = titles if len(scene.models) or not language_map(scene.of.get("label")) else {}
        statement = members(scene.of.get("requiredStatement") or painted.of.get("requiredStatement"))
        label = message("model '%(name)s'", name=main_text(titles) or shorten_reference(painted.id) or "?")
        file, address = None, ""
        try:
            source = self._shelf.folder.find(painted.id)
            if source.path.suffix.lower() not in SUFFIXES:
                raise NotTakenError(message("'%(file)s' is no GLB or glTF", file=source.path.name))
            file, address = source.path, source.address
        except NotTakenError as error:
            self._outcomes.lose(label, error.reason)
        rights = string(painted.of.get("rights")) or string(scene.of.get("rights")) or self._rights
        return SourceModel(
            name=painted.id.rpartition("/")[2].partition(".")[0],
            titles=own or language_map(scene.of.get("label")),
            file=file,
            placed=placed,
            address=address,
            notes={} if scene.models else language_map(scene.of.get("summary")),
            credit=main_text(language_map(statement.get("value"))),
            licence=self._licence(rights),
        )

    def _film(self, annotation: Mapping[str, Any], scene: _Scene) -> None:
        """Add a camera; after the models, which it may look at."""
        target = resource(annotation.get("target"))
        for body in bodies(annotation):
            painted = resource(body)
            place = scene.point(target)
            if painted.type not in _CAMERAS:
                continue
            label = language_map(painted.of.get("label"))
            item = message("camera '%(name)s'", name=main_text(label) or shorten_reference(painted.id) or "?")
            if place is None or painted.type != "PerspectiveCamera":
                self._outcomes.lose(item, message("it is no perspective camera at a point"))
                continue
            seen = self._find_target(painted, place, scene)
            if seen is None or math.dist(seen, place) < _FAR_ENOUGH:
                self._outcomes.lose(item, message("what it looks at cannot be told"))
                continue
            camera = SourceCamera(place, seen, number(painted.of.get("fieldOfView")))
            scene.cameras[string(annotation.get("id"))] = camera, label

    def _find_target(self, painted: Resource, place: Triple, scene: _Scene) -> Triple | None:
        """Return the point that a camera looks at: a point, that of an annotation, or one ahead of it."""
        looked = painted.of.get("lookAt")
        if not looked:
            ahead = turn_normal(painted.transform, (0.0, 0.0, -1.0))
            away = math.hypot(*place) or 1.0
            x, y, z = (a + away * b for a, b in zip(place, ahead or (0.0, 0.0, -1.0), strict=True))
            return round_triple((x, y, z))
        aim = first(looked)
        if string(aim.get("type")) == "PointSelector":
            return scene.point(Resource({"id": scene.id}, selectors=(aim,)))
        named = resource(looked)
        if named.id in scene.placed:
            return move_point(scene.placed[named.id], selected_point(named) or (0.0, 0.0, 0.0))
        by_id = scene.annotations.get(named.id)
        return scene.point(named if by_id is None else resource(by_id.get("target")))

    def _page(self, page: Mapping[str, Any], scenes: list[_Scene]) -> None:
        """Add the annotations of a page: pins, or the steps of a tour where some of them lead to cameras."""
        items = objects(page.get("items", []))
        title = language_map(page.get("label"))
        leads = [each for each in items if "activating" in motivations(each)]
        if leads and title and any(first_id(each.get("body")) in scene.cameras for each in leads for scene in scenes):
            self._tour(page, items, title, scenes)
            return
        for annotation in items:
            if "painting" in motivations(annotation):
                continue
            scene = self._find_scene(annotation, scenes)
            if scene is None:
                continue
            if "activating" in motivations(annotation):
                scene.activated[first_id(annotation.get("target"))] = first_id(annotation.get("body"))
            else:
                self._pin(annotation, scene)

    def _find_scene(self, annotation: Mapping[str, Any], scenes: list[_Scene]) -> _Scene | None:
        wanted = resource(annotation.get("target")).id
        named = (each for each in scenes if each.id == wanted or wanted in each.placed or wanted in each.pins)
        return next(named, scenes[0] if scenes else None)

    def _pin(self, annotation: Mapping[str, Any], scene: _Scene) -> None:
        target, texts = resource(annotation.get("target")), comment(annotation)
        point, name = scene.point(target), string(annotation.get("id")) or f"#{len(scene.pins) + 1}"
        media = tuple(each for each in map(self._medium, bodies(annotation)) if each)
        if not texts:
            there = scene.pin_at(point)
            if there and media:
                pin = scene.pins[there]
                scene.pin(there, replace(pin, media=tuple(dict.fromkeys((*pin.media, *media)))))
            else:
                item = message("annotation '%(name)s'", name=shorten_reference(name))
                self._outcomes.lose(item, message("it has no text"))
            return
        titles, rest = split_titles(texts, NAME)
        normal = selected_normal(target)
        if point is None and target.selectors:
            item = message("annotation '%(name)s'", name=shorten_reference(main_text(titles)))
            self._outcomes.lose(item, message("its area: the catalogue marks points only"))
        if name in scene.pins:
            name = f"{name}#{len(scene.pins) + 1}"
        placed = scene.placed.get(target.id, even_scaling(scene.metres))
        turned_normal = None if normal is None else turn_normal(placed, normal)
        scene.pin(name, SourceAnnotation(name, point, turned_normal, titles, rest, media))

    def _medium(self, body: Mapping[str, Any]) -> str:
        """Take a picture, sound or film that an annotation shows, and return its name."""
        of = resource(body).of
        if string(of.get("type")) not in _MEDIA or "value" in of:
            return ""
        label = language_map(of.get("label"))
        rights = string(of.get("rights")) or self._rights
        is_picture = string(of.get("type")) == "Image"
        return self._shelf.take(
            string(of.get("id")), titles={} if is_picture else label, alts=label if is_picture else {},
            licence=self._licence(rights),
        )  # fmt: skip

    def _tour(self, page: Mapping[str, Any], items: list[dict[str, Any]], title: Texts, scenes: list[_Scene]) -> None:
        """Add a tour: a comment begins a step, and an activation gives it its camera; a sound is heard at its step."""
        ids = {string(each.get("id")) for each in items}
        seen_in = {first_id(each.get("body")) for each in items if "activating" in motivations(each)}
        scene = next(each for each in scenes if seen_in & each.cameras.keys())
        steps, at, sound = dict[str, SourceStep](), "", ""
        for annotation in items:
            if "activating" in motivations(annotation):
                about, seen = first_id(annotation.get("target")), first_id(annotation.get("body"))
                name = about if about in ids else f"{about}#{len(steps)}"
                step = steps.get(name) or SourceStep(annotation=about if about in scene.pins else "", sound=sound)
                view = scene.cameras.get(seen)
                steps[name] = replace(step, camera=view[0] if view else step.camera)
                at, sound = "", ""
            elif texts := comment(annotation):
                at = string(annotation.get("id")) or f"#{len(steps)}"
                pinned = scene.pin_at(scene.point(resource(annotation.get("target"))))
                steps[at] = SourceStep(annotation=pinned, texts=texts)
            else:
                heard = next((each for each in map(self._medium, bodies(annotation)) if each), "")
                if at in steps:
                    steps[at] = replace(steps[at], sound=heard)
                else:
                    sound = heard
        used = tuple(step for step in steps.values() if step.camera is not None or step.annotation)
        for _ in range(len(steps) - len(used)):
            item = message("step of tour '%(name)s'", name=shorten_reference(main_text(title)))
            self._outcomes.lose(item, message("it has neither a view nor an annotation"))
        scene.tours.append(SourceTour(string(page.get("id")).rpartition("/")[2], title, {}, used))

    def _finish(self, scene: _Scene) -> list[SourceModel]:
        """Return the models of a scene; what is pinned in the scene goes with the first of them."""
        shown = {step.camera for tour in scene.tours for step in tour.steps}
        steps = [
            SourceStep(scene.cameras[camera][0], name)
            for name, camera in scene.activated.items()
            if name in scene.pins and camera in scene.cameras
        ]
        led = {step.camera for step in steps} | shown
        steps += [SourceStep(camera, texts=label) for camera, label in scene.cameras.values() if camera not in led]
        tours = [*scene.tours, *([SourceTour("vues", tour_of_views(), {}, tuple(steps))] if steps else [])]
        whole = replace(scene.models[0], annotations=tuple(scene.pins.values()), tours=tuple(tours))
        return [whole, *scene.models[1:]]

    def _licence(self, rights: str) -> str:
        """Return the known licence of an address; ask for an unknown one once."""
        licence = known_licence(rights)
        if rights and not licence:
            what = message("'%(rights)s' is no licence that the catalogue knows; it is left out", rights=rights[:200])
            self._outcomes.lose(message("licence"), what)
            question = f"Licence selon le manifeste, inconnue du catalogue : {rights[:200]}. Laquelle est-ce ?"
            self._questions += [] if question in self._questions else [question]
        return licence

    def _position(self) -> tuple[float, float] | None:
        """Return longitude and latitude of the first point of `navPlace`."""
        features = objects(members(self._document.get("navPlace")).get("features", []))
        for feature in features:
            geometry = members(feature.get("geometry"))
            place = geometry.get("coordinates")
            if string(geometry.get("type")) == "Point" and isinstance(place, list) and len(place) >= 2:
                lon, lat = number(place[0]), number(place[1])
                if lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 90:
                    return lon, lat
        if self._document.get("navPlace"):
            self._outcomes.lose(message("position"), message("the catalogue takes a point in degrees"))
        return None

    def _facts(self) -> Iterator[SourceFact]:
        for pair in objects(self._document.get("metadata", [])):
            label, value = language_map(pair.get("label")), language_map(pair.get("value"))
            if label and value:
                yield SourceFact(label, value)
            else:
                item = message("record '%(name)s'", name=shorten_reference(main_text(label)) or "?")
                self._outcomes.lose(item, message("it is neither a text nor a number"))

    def _sources(self, names: Texts) -> Iterator[tuple[str, str]]:
        """Yield the manifest itself, and those who provide it."""
        address = string(self._document.get("id"))
        yield f"Manifeste IIIF « {main_text(names) or self._path.name} »", address
        for agent in objects(self._document.get("provider", [])):
            title = main_text(language_map(agent.get("label")))
            if title:
                yield title, string(first(agent.get("homepage")).get("id")) or string(agent.get("id"))
        for page in objects(self._document.get("homepage", [])):
            yield main_text(language_map(page.get("label"))) or "Page d’accueil", string(page.get("id"))

    def _tell_lost(self) -> None:
        lose, document = self._outcomes.lose, self._document
        others = [each for key in ("rendering", "seeAlso") for each in objects(document.get(key, []))]
        others += [each for scene in objects(document.get("items", [])) for each in objects(scene.get("rendering", []))]
        if others:
            names = tuple(shorten_reference(string(each.get("id"))) for each in others[:8])
            lose(message("linked files (%(names)s)", names=names), message("only the model that is shown is taken"))
        if document.get("thumbnail"):
            lose(message("preview pictures"), message("the build renders its own"))
        for key in document:
            if key not in _KNOWN:
                item = message("'%(name)s' of the manifest", name=shorten_reference(key))
                lose(item, message("the catalogue has nothing of the kind"))
