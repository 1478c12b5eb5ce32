"""The API document of a site in one language, and its card for lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, TypeVar

from carreau.base.errors import KeyPath
from carreau.base.languages import LANGUAGES, normalize
from carreau.base.levels import AR_FILES
from carreau.base.schema.parts import Picture, Pose, SceneGround, Text
from carreau.base.schema.site import (
    Annotation,
    Architect,
    Camera,
    Card,
    Dated,
    Extent,
    Fact,
    Inscription,
    NamedPart,
    Site,
    State,
    Step,
    Tour,
    Visit,
)
from carreau.base.terms import licence_url
from carreau.base.translator import Translator
from carreau.catalogue.i18n.formatting import format_quantity
from carreau.catalogue.site import HISTORIC, MASSING, MODEL, RECONSTRUCTION, SCAN, SURVEY, sample_name
from carreau.catalogue.site import Camera as WrittenCamera
from carreau.catalogue.site import Part as WrittenPart
from carreau.catalogue.site import Pose as WrittenPose
from carreau.exports.ogc_json import quaternion
from carreau.exports.record import SiteRecord
from carreau.site.publish import bundle_answers, shared_fields
from carreau.site.publish.artifacts import EntryArtifacts, StateArtifacts, augmented_reality
from carreau.site.publish.map_documents import scenes
from carreau.site.publish.shared_fields import Localizer, media, place, rights, sources

Table = TypeVar("Table", Annotation, Visit, Inscription)


def other_names(record: SiteRecord, localizer: Localizer) -> tuple[Text, ...]:
    """Return the other names, without repetitions in this language."""
    name = normalize(localizer.required_text(record.names(), record.slug).text)
    names = dict[str, Text]()
    for each in localizer.texts(record.texts("other_names")):
        names.setdefault(normalize(each.text), each)
    names.pop(name, None)
    return tuple(names.values())


def facts(record: SiteRecord, localizer: Localizer) -> tuple[Fact, ...]:
    """Return the facts that have a value."""
    return tuple(
        Fact(
            name=each.name,
            label=localizer.required_text(record.text("fact", at, "label"), each.label),
            value=each.value,
            unit=each.unit,
            text=_quantity(record, at, localizer),
            source=each.source,
            note=localizer.text(record.text("fact", at, "note")),
            is_disputed=each.disputed or False,
        )
        for at, each in enumerate(record.entry.of.fact)
        if each.value is not None
    )


def _quantity(record: SiteRecord, at: int, localizer: Localizer) -> Text | None:
    """Return the value of a fact with its unit, which is in the language of a textual value."""
    fact = record.entry.of.fact[at]
    value = localizer.text(record.text("fact", at, "value"))
    if value is None or not any(map(str.isalpha, value.text)):  # a number, a range, a reference
        return localizer.own_text(format_quantity(fact.value, fact.unit, localizer.translator))
    return value.model_copy(update={"text": format_quantity(value.text, fact.unit, Translator(value.lang))})


def states(record: SiteRecord, built: EntryArtifacts, localizer: Localizer) -> tuple[State, ...]:
    """Return the states of a site, including those without a model."""
    return tuple(_state(record, at, built, localizer) for at in range(len(record.entry.of.state)))


def _state(record: SiteRecord, at: int, built: EntryArtifacts, localizer: Localizer) -> State:
    state = record.entry.of.state[at]
    artifacts = built.states.get(state.id, StateArtifacts())
    written = tuple(_part(record, (at, number), part, localizer) for number, part in enumerate(state.part))
    document = State(
        id=state.id,
        title=localizer.required_text(record.state_titles(at), state.id),
        date=localizer.date(state.date),
        kind=shared_fields.state_kind(state, localizer),
        evidence=localizer.term("evidence", state.evidence),
        parts=(
            *written,
            *shared_fields.survey_parts(artifacts.survey, {part.name for part in written}, localizer),
            *shared_fields.massing_parts(artifacts.massing, {part.name for part in written}, localizer),
        ),
        sources=state.sources or shared_fields.survey_sources(artifacts.massing),
        author=state.author,
        licence=state.licence,
        licence_url=licence_url(state.licence),
        credit=state.credit,
        note=localizer.text(record.text("state", at, "note")),
        pose=_pose(state.geopose) or shared_fields.survey_pose(artifacts.pose),
        survey=shared_fields.survey(artifacts.survey, localizer),
        is_simulated=artifacts.is_simulated or bool(sample_name(state.file)),
        is_size_known=artifacts.is_size_known,
        bounds_m=artifacts.bounds_m,
        clips=artifacts.clips,
        levels=artifacts.levels,
        ar=augmented_reality(artifacts, is_life_sized=artifacts.survey is None),
        poster=artifacts.poster,
        poster_view=artifacts.poster_view,
        first_view=_camera(state.first_view),
    )
    return document.model_copy(update={"line": state_line(document, localizer.translator, state.is_historic)})


def _part(record: SiteRecord, at: tuple[int, int], part: WrittenPart, localizer: Localizer) -> NamedPart:
    key = ("state", at[0], "part", at[1])
    is_of_survey = record.entry.of.state[at[0]].is_survey
    own = shared_fields.part_label(part.name, localizer) if is_of_survey else None
    return NamedPart(
        name=part.name,
        label=localizer.text(record.text(*key, "title")) or own or localizer.required_text({}, part.spelt_name),
        evidence=localizer.term("evidence", part.evidence),
        sources=part.sources,
        note=localizer.text(record.text(*key, "note")),
    )


def _pose(pose: WrittenPose | None) -> Pose | None:
    if pose is None or pose.lon is None or pose.lat is None:
        return None
    return Pose(
        lon=pose.lon,
        lat=pose.lat,
        height_m=pose.height_m,
        quaternion=quaternion(pose.yaw_deg or 0.0, pose.pitch_deg or 0.0, pose.roll_deg or 0.0),
        yaw_deg=pose.yaw_deg,
    )


def pin_annotations(record: SiteRecord, localizer: Localizer) -> tuple[Annotation, ...]:
    """Return the annotations; those without a point are drafts and left out."""
    return tuple(
        _table(
            Annotation,
            ("annotation", at),
            record,
            localizer,
            title=localizer.required_text(record.text("annotation", at, "title"), each.id),
        )
        for at, each in enumerate(record.entry.of.annotation)
        if each.point is not None and each.normal is not None
    )


def tours(record: SiteRecord, localizer: Localizer) -> tuple[Tour, ...]:
    """Return the tours; steps without a duration are drafts and left out."""
    return tuple(
        Tour(
            id=each.id,
            state=each.state,
            title=localizer.required_text(record.text("tour", at, "title"), each.id),
            summary=localizer.text(record.text("tour", at, "summary")),
            steps=tuple(
                Step(
                    camera=_camera(step.camera),
                    annotation=step.annotation,
                    text=localizer.text(record.text("tour", at, "step", number, "text")),
                    sound=step.sound,
                    duration_s=step.duration_s,
                )
                for number, step in enumerate(each.step)
                if step.duration_s is not None
            ),
        )
        for at, each in enumerate(record.entry.of.tour)
    )


def _camera(camera: WrittenCamera | None) -> Camera | None:
    if camera is None or camera.position is None or camera.target is None:
        return None
    return Camera(position=camera.position, target=camera.target, field_deg=camera.field_deg)


_SHOWN_BY_ALL = ("image/jpeg", "image/png", "image/webp")
"""Forms of pictures that programs which show other people's links understand, the commonest first."""


def site_document(
    record: SiteRecord,
    built: EntryArtifacts,
    localizer: Localizer,
    links: Mapping[str, str],
    routes: tuple[str, ...] = (),
    grounds: Mapping[str, SceneGround] = MappingProxyType({}),
) -> Site:
    """Return the API document of a site.

    links : URLs of exports, by format
    routes : slugs of the routes that stop there
    grounds : pictures under its maps, by map
    """
    site = record.entry.of
    return Site(
        slug=record.slug,
        lang=localizer.language,
        modified=record.modified,
        name=localizer.required_text(record.names(), record.slug),
        other_names=other_names(record, localizer),
        is_demonstration=bool(getattr(site, "demonstration", False)),
        kind=localizer.term("kind", site.kind),
        theme=localizer.term("theme", site.theme),
        commune=site.commune,
        insee=site.insee,
        communes=site.communes,
        period=localizer.date(site.period),
        period_note=localizer.text(record.text("period_note")),
        company=localizer.text(record.text("company")),
        summary=localizer.required_text(record.summaries(), ""),
        description=localizer.text(record.descriptions()),
        keywords=localizer.texts(record.texts("keywords")),
        confidence=localizer.term("confidence", site.confidence) if site.confidence else None,
        related=site.related,
        position=place(
            site.position, record.text("position", "basis"), localizer, bool(getattr(site, "demonstration", False))
        ),
        extent=_make_extent(record, localizer),
        outline=links.get("geojson", ""),
        inscription=_inscription(record, localizer),
        visit=_visit(record, localizer),
        dates=_dates(record, localizer),
        architects=_architects(record, localizer),
        facts=facts(record, localizer),
        sources=sources(record, localizer),
        rights=rights(record, localizer),
        states=states(record, built, localizer),
        annotations=pin_annotations(record, localizer),
        tours=tours(record, localizer),
        media=media(record, built, localizer),
        maps=scenes(record, "sites", localizer, grounds),
        routes=routes,
        links=dict(links),
        pages=bundle_answers.page_paths("sites", record.slug, LANGUAGES),
    )


def card(site: Site) -> Card:
    """Return a site for lists; the server adds distances."""
    picture = _picture(site)
    return Card(
        slug=site.slug,
        lang=site.lang,
        modified=site.modified,
        name=site.name,
        summary=site.summary,
        kind=site.kind,
        theme=site.theme,
        commune=site.commune,
        insee=site.insee,
        position=site.position,
        confidence=site.confidence.code if site.confidence else "",
        is_demonstration=site.is_demonstration,
        has=what_it_has(site),
        picture=picture.picture,
        pictures=thumbnails(picture.renditions),
        picture_alt=picture.alt,
        picture_credit=picture.credit,
        url=bundle_answers.api_path("sites", site.slug),
        page=bundle_answers.page_path("sites", site.slug, site.lang),
    )


def what_it_has(site: Site) -> tuple[str, ...]:
    """Return the features of a site that visitors filter by."""
    modelled = [state for state in site.states if state.levels]
    kinds = {medium.kind for medium in site.media}
    features = {
        "model": bool(modelled),
        "ar": any(level.level in AR_FILES for state in modelled for level in state.levels),
        "then-and-now": len(modelled) > 1,
        "tour": any(tour.steps for tour in site.tours),
        "image": "image" in kinds,
        "sound": "sound" in kinds,
        "video": "video" in kinds,
    }
    return tuple(name for name, is_there in features.items() if is_there)


@dataclass(frozen=True)
class _CardPicture:
    """The picture of a card, and all the forms that it is published in."""

    picture: Picture | None = None
    renditions: tuple[Picture, ...] = ()
    alt: Text | None = None
    credit: str = ""


def _picture(site: Site) -> _CardPicture:
    for state in site.states:
        if state.poster:
            return _CardPicture(state.poster[0], state.poster, state.title, state.credit)
    for medium in site.media:
        sized = [each for each in medium.variants if medium.kind == "image" and each.width and each.height]
        if sized:
            pictures = tuple(Picture.model_validate(each.model_dump(exclude={"codec"})) for each in sized)
            smallest = min(pictures, key=lambda each: each.width)
            return _CardPicture(smallest, pictures, medium.alt, medium.credit)
    return _CardPicture()


def thumbnails(renditions: Iterable[Picture]) -> tuple[Picture, ...]:
    """Return one picture of each size, in the form that most programs show, smallest first."""
    by_size = dict[tuple[int, int], Picture]()
    for picture in sorted((each for each in renditions if each.media_type in _SHOWN_BY_ALL), key=_rank):
        by_size.setdefault((picture.width, picture.height), picture)
    return tuple(sorted(by_size.values(), key=lambda each: (each.width * each.height, each.width)))


def _rank(picture: Picture) -> int:
    return _SHOWN_BY_ALL.index(picture.media_type)


def _inscription(record: SiteRecord, localizer: Localizer) -> Inscription | None:
    inscription = record.entry.of.inscription
    if inscription is None or inscription.list is None:
        return None
    return _table(Inscription, ("inscription",), record, localizer)


def _visit(record: SiteRecord, localizer: Localizer) -> Visit | None:
    written = record.entry.of.visit
    if written is None:
        return None
    visit = _table(Visit, ("visit",), record, localizer, is_step_free=written.step_free)
    return None if visit == Visit() else visit


def _table(model: type[Table], key: KeyPath, record: SiteRecord, localizer: Localizer, **others: object) -> Table:
    """Return a table of the file as the API has it: each key under its own name, texts in the reader's language."""
    written: Any = record.entry.of
    for part in key:
        written = written[part] if isinstance(part, int) else getattr(written, part)
    values = {
        each.name: localizer.text(record.text(*key, each.name))
        if each.metadata["rule"].translatable
        else getattr(written, each.name)
        for each in fields(written)
        if each.name in model.model_fields
    }
    return model.model_validate({**values, **others})


def _make_extent(record: SiteRecord, localizer: Localizer) -> Extent | None:
    extent = record.entry.of.extent
    if extent is None:
        return None
    return Extent(
        area_ha=extent.area_ha,
        length_m=extent.length_m,
        share_in_territory=extent.share_in_territory,
        basis=localizer.text(record.text("extent", "basis")),
    )


def _dates(record: SiteRecord, localizer: Localizer) -> tuple[Dated, ...]:
    dates = []
    for at, each in enumerate(record.entry.of.date):
        when = localizer.date(each.when)
        if when is not None:
            label, of = localizer.text(record.text("date", at, "label")), localizer.text(record.text("date", at, "of"))
            event = localizer.term("event", each.event)
            dates.append(
                Dated(
                    event=event, when=when, label=label, of=of, source=each.source, is_disputed=each.disputed or False
                )
            )
    return tuple(dates)


def _architects(record: SiteRecord, localizer: Localizer) -> tuple[Architect, ...]:
    return tuple(
        Architect(name=each.name, role=localizer.text(record.text("architect", at, "role")), source=each.source)
        for at, each in enumerate(record.entry.of.architect)
    )


CONTEXT = "state"
"""Message context in `interface.po`."""

SIMULATED = {
    SCAN: "simulated scan",
    RECONSTRUCTION: "simulated reconstruction",
    MODEL: "simulated model",
    SURVEY: "simulated aerial survey",
    MASSING: "simulated model",
    HISTORIC: "simulated photograph on today’s ground",
}
ATTESTED, HYPOTHETICAL = "attested", "hypothetical"
EVIDENCE = {
    ATTESTED: "attested by sources",
    "deduced": "deduced",
    "typical": "typical of its kind",
    HYPOTHETICAL: "hypothetical",
}
"""In words that suit a noun of any gender."""


def state_line(state: State, translator: Translator, is_historic: bool = False) -> str:
    """Return the kind, the date and the certainty of a state, without what goes without saying.

    is_historic : whether it is an old photograph on the ground of today, whose kind says of what years it is

    A simulation is neither attested nor hypothetical. A scan is attested by itself, and its date is that of the
    capture; a reconstruction is as certain as its sources; a massing model says if some parts are supposed.
    """

    def say(words: str) -> str:
        return translator.within(CONTEXT, words) if words else ""

    date = state.date.text if state.date else ""
    if state.is_simulated:
        parts = [say(SIMULATED[HISTORIC if is_historic else state.kind.code]), date]
    elif state.survey is not None and not state.survey.points_per_m2 and not is_historic:
        parts = [say("raised from records of buildings, not measured"), date]
    elif is_historic:
        parts = [state.kind.text]
    elif state.kind.code in (SCAN, SURVEY):
        parts = [state.kind.text, date or say("date unknown"), say(_certainty(state))]
    elif state.kind.code == MASSING:
        known = EVIDENCE[state.evidence.code]
        parts = [state.kind.text, date, say(known), say(certainty) if (certainty := _certainty(state)) != known else ""]
    else:
        parts = [state.kind.text, date, say(EVIDENCE[state.evidence.code])]
    line = ", ".join(part for part in parts if part)
    return line[:1].upper() + line[1:]


def _certainty(state: State) -> str:
    """Return how certain a capture is, where it is not certain throughout."""
    if state.evidence.code != ATTESTED:
        return EVIDENCE[state.evidence.code]
    return "some parts assumed" if any(part.evidence.code == HYPOTHETICAL for part in state.parts) else ""
