"""Tell a state, what is pinned to it, and its tours."""

from __future__ import annotations

from pipeline.catalogue.state import Camera as WrittenCamera
from pipeline.catalogue.state import Part as WrittenPart
from pipeline.catalogue.state import Pose as WrittenPose
from pipeline.exports.records.record import SiteRecord
from pipeline.exports.records.rights import licence_url
from pipeline.exports.standards.geopose import quaternion
from pipeline.publish.artifacts import EntryArtifacts, StateArtifacts
from pipeline.publish.localizer import Localizer
from pipeline.schema.place import Pose
from pipeline.schema.state import Annotation, Camera, NamedPart, State, Step, Tour


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
