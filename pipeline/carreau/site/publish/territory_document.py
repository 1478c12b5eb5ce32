"""The document of the territory: its table model, and where each place stands on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carreau.base.languages import LANGUAGES
from carreau.base.licences import licence_url
from carreau.base.schema.parts import Picture, Text
from carreau.base.schema.site import Card
from carreau.base.schema.state import Camera, NamedPart, State
from carreau.base.schema.territory import Relief, TableCommune, TablePlace, TableView, Territory
from carreau.runs.cache import Cache
from carreau.site.bundle.content_store import ContentStore
from carreau.site.pages.addresses import page_paths
from carreau.site.pages.page_texts import CONTEXT
from carreau.site.publish.answers import Answers
from carreau.site.publish.artifacts import StateArtifacts, augmented_reality, built_state, picture
from carreau.site.publish.model_builds import STATE, table_folder
from carreau.site.publish.shared_fields import Localizer
from carreau.site.territory.table_note import CREDIT, LICENCE, BuiltTable, PlacedPlace, TableCamera, read_table

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
    documents = {language: _document(built, localizers[language], cards) for language in LANGUAGES}
    for language, document in documents.items():
        answers.add_document(PATH, language, document)
    return documents


def _document(built: TableArtifacts, localizer: Localizer, cards: Mapping[str, Mapping[str, Card]]) -> Territory:
    language, table = localizer.language, built.table
    shown = {slug: cards[slug][language] for slug in table.places if slug in cards}
    counts = Counter(card.insee for card in shown.values())
    places = tuple(_place(slug, card, built, localizer) for slug, card in shown.items())
    return Territory(
        lang=language,
        title=_own(_title(table), localizer),
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


def _own(text: str, localizer: Localizer) -> Text:
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
        title=_own(_title(built.table), localizer),
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
