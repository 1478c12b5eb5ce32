"""The API documents of maps that move, and of the territory with its table model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from carreau.base.languages import LANGUAGES, path_words
from carreau.base.schema import parts as schema
from carreau.base.schema.lists import Relief, TableCommune, TablePlace, TableView, Territory
from carreau.base.schema.parts import Picture, Text
from carreau.base.schema.site import Camera, Card, NamedPart, State
from carreau.base.terms import licence_url
from carreau.catalogue.show import MapScene as WrittenScene
from carreau.catalogue.show import Spot, find_place, find_spots, read_georeferenced, spot_at
from carreau.catalogue.trail import TrailSource
from carreau.exports.record import SceneRecord, SiteRecord, TrailRecord, scene_records
from carreau.runs.cache import Cache
from carreau.site.content_store import ContentStore
from carreau.site.pages.addresses import page_paths
from carreau.site.pages.page_texts import CONTEXT
from carreau.site.publish import bundle_answers
from carreau.site.publish.artifacts import StateArtifacts, augmented_reality, built_state, picture
from carreau.site.publish.bundle_answers import Answers, link
from carreau.site.publish.model_builds import STATE, table_folder
from carreau.site.publish.shared_fields import Localizer
from carreau.site.table_note import CREDIT, LICENCE, BuiltTable, PlacedPlace, TableCamera, read_table

_WORDS = path_words("scenes")
"""Path segments of the pages of maps, after that of their owner."""


def add_grounds(record: SiteRecord | TrailRecord, answers: Answers) -> dict[str, schema.SceneGround]:
    """Store the pictures under the maps of a record; returns them by the slug of the map."""
    grounds = dict[str, schema.SceneGround]()
    for each in scene_records(record):
        if each.entry.of.ground:
            ground = read_georeferenced(each.entry.folder / each.entry.of.ground)
            url = link(answers.store.add_file(ground.path)).url
            grounds[each.slug] = schema.SceneGround(
                url=url, bounds=ground.bounds, source=ground.source, licence=ground.licence, credit=ground.credit,
                rms_m=ground.rms_m,
            )  # fmt: skip
    return grounds


def scenes(
    record: SiteRecord | TrailRecord, kind: str, localizer: Localizer, grounds: Mapping[str, schema.SceneGround]
) -> tuple[schema.MapScene, ...]:
    """Return the maps of a record.

    kind : "sites" or "trails"
    grounds : of `add_grounds`
    """
    documents = (_scene(each, kind, localizer) for each in scene_records(record))
    return tuple(each.model_copy(update={"ground": grounds.get(each.slug)}) for each in documents)


def _scene(record: SceneRecord, kind: str, localizer: Localizer) -> schema.MapScene:
    scene, communes = record.entry.of, record.catalogue.communes
    spots = {each.id: find_spots(each, scene, communes) for each in scene.feature}
    events = tuple(_scene_event(record, number, spots, localizer) for number in range(len(scene.event)))
    features = tuple(_feature(record, number, spots, localizer) for number in range(len(scene.feature)))
    owner = bundle_answers.page_paths(kind, record.owner.slug, LANGUAGES)
    return schema.MapScene(
        slug=record.slug,
        name=localizer.required_text(record.names(), record.slug),
        summary=localizer.required_text(record.summaries(), ""),
        clock=scene.clock,
        note=localizer.text(record.text("note")),
        sides=tuple(
            schema.SceneSide(id=each.id, name=localizer.required_text(record.text("side", number, "name"), each.id))
            for number, each in enumerate(scene.side)
        ),
        features=features,
        events=events,
        sources=tuple(_sources(record, _list_sources(scene), localizer)),
        pages={code: f"{page}/{_WORDS[code]}/{record.slug}" for code, page in owner.items()},
    )


def _feature(
    record: SceneRecord, number: int, spots: dict[str, list[Spot]], localizer: Localizer
) -> schema.SceneFeature:
    feature = record.entry.of.feature[number]
    return schema.SceneFeature(
        id=feature.id,
        kind=localizer.term("map feature", feature.kind),
        side=feature.side,
        name=localizer.required_text(record.text("feature", number, "name"), feature.id),
        label=feature.label,
        text=localizer.text(record.text("feature", number, "text")),
        sources=feature.sources,
        evidence=localizer.term("evidence", feature.evidence),
        is_placed=any(spot.points for spot in spots[feature.id]),
    )


def _scene_event(
    record: SceneRecord, number: int, spots: dict[str, list[Spot]], localizer: Localizer
) -> schema.SceneEvent:
    event, key = record.entry.of.event[number], ("event", number)
    others = tuple(_other(record, number, which, localizer) for which in range(len(event.other)))
    return schema.SceneEvent(
        id=event.id,
        number=number + 1,
        time=event.time.text if event.time else "",
        told=localizer.required_text(record.text(*key, "told"), event.told),
        title=localizer.required_text(record.text(*key, "title"), event.title),
        text=localizer.required_text(record.text(*key, "text"), event.text),
        spoken=localizer.text(record.text(*key, "spoken")),
        sources=event.sources,
        evidence=localizer.term("evidence", event.evidence),
        others=others,
        spots=tuple(
            _spot(feature, spot, number, localizer)
            for feature, places in spots.items()
            if (spot := spot_at(places, number))
        ),
    )


def _other(record: SceneRecord, number: int, which: int, localizer: Localizer) -> schema.SceneOther:
    other = record.entry.of.event[number].other[which]
    points, commune = find_place(other, record.catalogue.communes)
    return schema.SceneOther(
        text=localizer.required_text(record.text("event", number, "other", which, "text"), other.text),
        time=other.time.text if other.time else "",
        feature=other.feature,
        points=points,
        around=commune.name if commune else "",
        sources=other.sources,
    )


def _spot(feature: str, spot: Spot, event: int, localizer: Localizer) -> schema.SceneSpot:
    return schema.SceneSpot(
        feature=feature,
        points=spot.points,
        around=spot.commune.name if spot.commune else "",
        is_supposed=spot.is_supposed,
        is_new=spot.event == event,
        state=localizer.term("map state", spot.at.state) if spot.at.state else None,
        sources=spot.at.sources,
    )


def _list_sources(scene: WrittenScene) -> set[str]:
    """Return the ids of the sources that a map names."""
    lists = [each.sources for event in scene.event for each in event.other]
    lists += [each.sources for feature in scene.feature for each in feature.at]
    lists += [event.sources for event in scene.event] + [feature.sources for feature in scene.feature]
    return {name for sources in lists for name in sources}


def _sources(record: SceneRecord, named: set[str], localizer: Localizer) -> Iterator[schema.SceneSource]:
    """Yield the named sources: those of the owner, then those of the map itself."""
    for of in (record.owner, record):
        for number, each in enumerate(of.entry.of.source):
            if isinstance(each, TrailSource) and each.id in named:
                yield schema.SceneSource(
                    id=each.id,
                    title=localizer.required_text(of.text("source", number, "title"), each.title),
                    url=each.url,
                    reliability=localizer.term("reliability", each.reliability),
                    note=localizer.text(of.text("source", number, "note")),
                )


PATH = "/v1/territory"
TITLE = "The territory as a table model"
RELIEF_TITLE = "La Porte du Hainaut in relief"
"""As on the home page."""


@dataclass(frozen=True)
class TableArtifacts:
    """The files of a built table model, in the store.

    views : pictures of the whole by the name of the view
    corners : of each place, by slug
    ground : of maps; None without measured terrain
    """

    table: BuiltTable
    state: StateArtifacts
    views: Mapping[str, tuple[Picture, ...]]
    corners: Mapping[str, Picture]
    ground: Picture | None = None


def table_artifacts(models: Path, store: ContentStore, cache: Cache) -> TableArtifacts | None:
    """Return the files of the table model; None before it was built. Raises OptionError for a damaged folder."""
    folder = table_folder(models)
    table, state = read_table(folder), built_state(folder, store, cache)
    if table is None or state is None:
        return None
    views = {name: (_picture(folder, f"{name}.webp", view, store),) for name, view in table.views.items()}
    corners = {slug: _picture(folder, place.picture, place.camera, store) for slug, place in table.places.items()}
    relief = table.relief
    ground = picture(store.add_file(folder / relief.picture), relief.width, relief.height) if relief else None
    return TableArtifacts(table, state, views, corners, ground)


def _picture(folder: Path, name: str, camera: TableCamera, store: ContentStore) -> Picture:
    return picture(store.add_file(folder / name), camera.width, camera.height)


def add_territory(
    built: TableArtifacts,
    localizers: Mapping[str, Localizer],
    cards: Mapping[str, Mapping[str, Card]],
    answers: Answers,
) -> dict[str, Territory]:
    """Store the document in every language; returns them by language.

    cards : of the sites, by slug and language; places that are no site any more are left out
    """
    documents = {language: _territory_document(built, localizers[language], cards) for language in LANGUAGES}
    for language, document in documents.items():
        answers.add_document(PATH, language, document)
    return documents


def _territory_document(
    built: TableArtifacts, localizer: Localizer, cards: Mapping[str, Mapping[str, Card]]
) -> Territory:
    language, table = localizer.language, built.table
    shown = {slug: cards[slug][language] for slug in table.places if slug in cards}
    counts = Counter(card.insee for card in shown.values())
    places = tuple(_place(slug, card, built, localizer) for slug, card in shown.items())
    return Territory(
        lang=language,
        title=_translate_own(_title(table), localizer),
        state=_state(built, places, localizer),
        reduction=table.reduction,
        exaggeration=table.exaggeration,
        wide=_view("wide", built),
        tall=_view("tall", built),
        places=places,
        communes=tuple(
            TableCommune(insee=insee, name=name, point=point, places=counts[insee])
            for insee, (name, point) in table.communes.items()
        ),
        pages=page_paths("home", LANGUAGES),
        relief=_relief(built),
    )


def _title(table: BuiltTable) -> str:
    return RELIEF_TITLE if table.relief else TITLE


def _relief(built: TableArtifacts) -> Relief | None:
    relief, ground = built.table.relief, built.ground
    if relief is None or ground is None:
        return None
    return Relief(
        year=relief.year,
        credit=relief.credit,
        licence=relief.licence,
        share=relief.share,
        has_photo=relief.has_photo,
        ground=ground,
        bounds=relief.bounds,
    )


def _translate_own(text: str, localizer: Localizer) -> Text:
    return Text(text=localizer.translator.within(CONTEXT, text), lang=localizer.language, standing="source")


def _view(name: str, built: TableArtifacts) -> TableView:
    camera = built.table.views[name]
    return TableView(camera=_camera(camera), width=camera.width, height=camera.height, pictures=built.views[name])


def _camera(camera: TableCamera) -> Camera:
    return Camera(position=camera.position, target=camera.target, field_deg=camera.field_deg)


def _place(slug: str, card: Card, built: TableArtifacts, localizer: Localizer) -> TablePlace:
    placed: PlacedPlace = built.table.places[slug]
    return TablePlace(
        slug=slug,
        name=card.name,
        kind=card.kind,
        theme=card.theme,
        commune=card.commune,
        page=card.page,
        point=placed.point,
        camera=_camera(placed.camera),
        height_m=placed.height_m,
        height=localizer.term("evidence", _evidence(placed)),
        picture=built.corners[slug],
    )


def _evidence(placed: PlacedPlace) -> str:
    if placed.is_measured:
        return "attested"
    return "deduced" if placed.is_sourced else "hypothetical"


def _state(built: TableArtifacts, places: tuple[TablePlace, ...], localizer: Localizer) -> State:
    """Return the model as a state: parts are the places whose height has other evidence than the whole.

    The whole is a relief, which is attested, or has symbolic heights; a place may have a sourced height.
    """
    relief = built.table.relief
    evidence = "attested" if relief else "hypothetical"
    parts = tuple(
        NamedPart(name=place.slug, label=place.name, evidence=place.height)
        for place in places
        if place.height.code != evidence
    )
    credit = f"{CREDIT} ; {relief.credit}" if relief else CREDIT
    return State(
        id=STATE,
        title=_translate_own(_title(built.table), localizer),
        kind=localizer.term("state", "model"),
        evidence=localizer.term("evidence", evidence),
        parts=parts,
        sources=(CREDIT, relief.credit) if relief else (CREDIT,),
        licence=LICENCE,
        licence_url=licence_url(LICENCE),
        credit=credit,
        is_size_known=True,
        bounds_m=built.state.bounds_m,
        levels=built.state.levels,
        ar=augmented_reality(built.state, is_life_sized=False),
        poster=built.views["wide"],
    )
