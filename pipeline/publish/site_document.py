"""The API document of a site in one language, and its card for lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.catalogue.state import Camera as WrittenCamera
from pipeline.catalogue.state import Part as WrittenPart
from pipeline.catalogue.state import Pose as WrittenPose
from pipeline.exports.records.record import SiteRecord
from pipeline.exports.records.rights import licence_url
from pipeline.exports.standards.geopose import quaternion
from pipeline.i18n.languages import LANGUAGES, normalize
from pipeline.i18n.quantities import say_quantity
from pipeline.i18n.translator import Translator
from pipeline.levels import AR_FILES
from pipeline.publish import addresses
from pipeline.publish.artifacts import EntryArtifacts, StateArtifacts
from pipeline.publish.common_fields import media, place, rights, sources
from pipeline.publish.localizer import Localizer
from pipeline.schema.files import Picture
from pipeline.schema.place import Pose
from pipeline.schema.site import Architect, Card, Dated, Extent, Fact, Inscription, Site, Visit
from pipeline.schema.state import Annotation, Camera, NamedPart, State, Step, Tour
from pipeline.schema.words import Text


def other_names(record: SiteRecord, speaker: Localizer) -> tuple[Text, ...]:
    """Return what else it is called, without what only repeats its name, or another, in this language."""
    name = normalize(speaker.told(record.names(), record.slug).text)
    found = dict[str, Text]()
    for each in speaker.list(record.texts("other_names")):
        found.setdefault(normalize(each.text), each)
    found.pop(name, None)
    return tuple(found.values())


def facts(record: SiteRecord, speaker: Localizer) -> tuple[Fact, ...]:
    """Return what somebody knows; what is only asked for is left out."""
    return tuple(
        Fact(
            name=each.name,
            label=speaker.told(record.text("fact", at, "label"), each.label),
            value=each.value,
            unit=each.unit,
            text=_quantity(record, at, speaker),
            source=each.source,
            note=speaker.text(record.text("fact", at, "note")),
            is_disputed=each.disputed or False,
        )
        for at, each in enumerate(record.entry.of.fact)
        if each.value is not None
    )


def _quantity(record: SiteRecord, at: int, speaker: Localizer) -> Text | None:
    """Return the value of a fact with its unit; one that is a text takes that of the language it is said in."""
    fact = record.entry.of.fact[at]
    said = speaker.text(record.text("fact", at, "value"))
    if said is None:
        return speaker.words(say_quantity(fact.value, fact.unit, speaker.wording))
    return said.model_copy(update={"text": say_quantity(said.text, fact.unit, Translator(said.lang))})


def states(record: SiteRecord, built: EntryArtifacts, speaker: Localizer) -> tuple[State, ...]:
    """Return the states of a site, those without a model too."""
    return tuple(_state(record, at, built, speaker) for at in range(len(record.entry.of.state)))


def _state(record: SiteRecord, at: int, built: EntryArtifacts, speaker: Localizer) -> State:
    written = record.entry.of.state[at]
    made = built.states.get(written.id, StateArtifacts())
    return State(
        id=written.id,
        title=speaker.told(record.text("state", at, "title"), written.id),
        date=speaker.day(written.date),
        kind=speaker.term("state", written.kind),
        evidence=speaker.term("evidence", written.evidence),
        parts=tuple(_part(record, (at, number), part, speaker) for number, part in enumerate(written.part)),
        sources=written.sources,
        author=written.author,
        licence=written.licence,
        licence_url=licence_url(written.licence),
        credit=written.credit,
        note=speaker.text(record.text("state", at, "note")),
        pose=_pose(written.geopose),
        is_simulated=made.is_simulated,
        is_size_known=made.is_size_known,
        bounds_m=made.bounds_m,
        clips=made.clips,
        levels=made.levels,
        poster=made.poster,
        poster_view=made.poster_view,
    )


def _part(record: SiteRecord, at: tuple[int, int], written: WrittenPart, speaker: Localizer) -> NamedPart:
    key = ("state", at[0], "part", at[1])
    return NamedPart(
        name=written.name,
        label=speaker.told(record.text(*key, "name"), written.name),
        evidence=speaker.term("evidence", written.evidence),
        sources=written.sources,
        note=speaker.text(record.text(*key, "note")),
    )


def _pose(written: WrittenPose | None) -> Pose | None:
    if written is None or written.lon is None or written.lat is None:
        return None
    return Pose(
        lon=written.lon,
        lat=written.lat,
        height_m=written.height_m,
        quaternion=quaternion(written.yaw_deg or 0.0, written.pitch_deg or 0.0, written.roll_deg or 0.0),
        yaw_deg=written.yaw_deg,
    )


def pinned(record: SiteRecord, speaker: Localizer) -> tuple[Annotation, ...]:
    """Return what is pinned to the states; what has no point yet is a draft, and not told."""
    return tuple(
        Annotation(
            id=each.id,
            state=each.state,
            point=each.point,
            normal=each.normal,
            title=speaker.told(record.text("annotation", at, "title"), each.id),
            text=speaker.text(record.text("annotation", at, "text")),
            media=each.media,
            sources=each.sources,
        )
        for at, each in enumerate(record.entry.of.annotation)
        if each.point is not None and each.normal is not None
    )


def tours(record: SiteRecord, speaker: Localizer) -> tuple[Tour, ...]:
    """Return the tours with their steps; a step without a duration is a draft, and not told."""
    return tuple(
        Tour(
            id=each.id,
            state=each.state,
            title=speaker.told(record.text("tour", at, "title"), each.id),
            summary=speaker.text(record.text("tour", at, "summary")),
            steps=tuple(
                Step(
                    camera=_camera(step.camera),
                    annotation=step.annotation,
                    text=speaker.text(record.text("tour", at, "step", number, "text")),
                    sound=step.sound,
                    duration_s=step.duration_s,
                )
                for number, step in enumerate(each.step)
                if step.duration_s is not None
            ),
        )
        for at, each in enumerate(record.entry.of.tour)
    )


def _camera(written: WrittenCamera | None) -> Camera | None:
    if written is None or written.position is None or written.target is None:
        return None
    return Camera(position=written.position, target=written.target, field_deg=written.field_deg)


_SHOWN_BY_ALL = ("image/jpeg", "image/png", "image/webp")
"""Forms of pictures that programs which show other people's links understand, the commonest first."""


def site_document(
    record: SiteRecord,
    built: EntryArtifacts,
    speaker: Localizer,
    links: Mapping[str, str],
    routes: tuple[str, ...] = (),
) -> Site:
    """Return what the API answers about a site.

    links : addresses of the same in other formats, by name
    routes : slugs of those that stop there
    """
    written = record.entry.of
    return Site(
        slug=record.slug,
        lang=speaker.language,
        modified=record.modified,
        name=speaker.told(record.names(), record.slug),
        other_names=other_names(record, speaker),
        is_demonstration=bool(getattr(written, "demonstration", False)),
        kind=speaker.term("kind", written.kind),
        theme=speaker.term("theme", written.theme),
        commune=written.commune,
        insee=written.insee,
        communes=written.communes,
        period=speaker.day(written.period),
        period_note=speaker.text(record.text("period_note")),
        company=speaker.text(record.text("company")),
        summary=speaker.told(record.summaries(), ""),
        description=speaker.text(record.descriptions()),
        keywords=speaker.list(record.texts("keywords")),
        confidence=speaker.term("confidence", written.confidence) if written.confidence else None,
        questions=speaker.list(record.texts("questions")),
        related=written.related,
        position=place(
            written.position, record.text("position", "basis"), speaker, bool(getattr(written, "demonstration", False))
        ),
        extent=_extent(record, speaker),
        outline=links.get("geojson", ""),
        inscription=_inscription(record),
        visit=_visit(record, speaker),
        dates=_dates(record, speaker),
        architects=_architects(record, speaker),
        facts=facts(record, speaker),
        sources=sources(record, speaker),
        rights=rights(record, speaker),
        states=states(record, built, speaker),
        annotations=pinned(record, speaker),
        tours=tours(record, speaker),
        media=media(record, built, speaker),
        routes=routes,
        links=dict(links),
        pages=addresses.pages("sites", record.slug, LANGUAGES),
    )


def card(site: Site) -> Card:
    """Return a site as it stands in a list; distances are for the server to add."""
    shown = _picture(site)
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
        picture=shown.picture,
        pictures=thumbnails(shown.renditions),
        picture_alt=shown.alt,
        picture_credit=shown.credit,
        url=addresses.api("sites", site.slug),
        page=addresses.page("sites", site.slug, site.lang),
    )


def what_it_has(site: Site) -> tuple[str, ...]:
    """Return what a visitor may look for in a site."""
    shown = [state for state in site.states if state.levels]
    kinds = {medium.kind for medium in site.media}
    found = {
        "model": bool(shown),
        "ar": any(level.level in AR_FILES for state in shown for level in state.levels),
        "then-and-now": len(shown) > 1,
        "tour": any(tour.steps for tour in site.tours),
        "image": "image" in kinds,
        "sound": "sound" in kinds,
        "video": "video" in kinds,
    }
    return tuple(name for name, is_there in found.items() if is_there)


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


def _inscription(record: SiteRecord) -> Inscription | None:
    written = record.entry.of.inscription
    if written is None or written.list is None:
        return None
    return Inscription(
        list=written.list,
        code=written.code,
        component_number=written.component_number,
        component=written.component,
        element=written.element,
        source=written.source,
    )


def _visit(record: SiteRecord, speaker: Localizer) -> Visit | None:
    if record.entry.of.visit is None:
        return None
    found = Visit(
        see_today=speaker.text(record.text("visit", "see_today")),
        access=speaker.text(record.text("visit", "access")),
        safety=speaker.text(record.text("visit", "safety")),
        accessibility=speaker.text(record.text("visit", "accessibility")),
    )
    return None if found == Visit() else found


def _extent(record: SiteRecord, speaker: Localizer) -> Extent | None:
    written = record.entry.of.extent
    if written is None:
        return None
    return Extent(
        area_ha=written.area_ha,
        length_m=written.length_m,
        share_in_territory=written.share_in_territory,
        basis=speaker.text(record.text("extent", "basis")),
    )


def _dates(record: SiteRecord, speaker: Localizer) -> tuple[Dated, ...]:
    found = []
    for at, each in enumerate(record.entry.of.date):
        when = speaker.day(each.when)
        if when is not None:
            label, of = speaker.text(record.text("date", at, "label")), speaker.text(record.text("date", at, "of"))
            event = speaker.term("event", each.event)
            found.append(
                Dated(
                    event=event, when=when, label=label, of=of, source=each.source, is_disputed=each.disputed or False
                )
            )
    return tuple(found)


def _architects(record: SiteRecord, speaker: Localizer) -> tuple[Architect, ...]:
    return tuple(
        Architect(name=each.name, role=speaker.text(record.text("architect", at, "role")), source=each.source)
        for at, each in enumerate(record.entry.of.architect)
    )
