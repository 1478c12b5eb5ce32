"""The maps that move of a site or trail, as its API document has them in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from carreau.base.languages import LANGUAGES, path_words
from carreau.base.schema import map_scene as schema
from carreau.catalogue.map_scene import MapScene as WrittenScene
from carreau.catalogue.map_scene import Spot, place_of, read_georeferenced, spot_at, spots_of
from carreau.catalogue.trail import TrailSource
from carreau.exports.records.record import SceneRecord, SiteRecord, TrailRecord, scene_records
from carreau.site.publish import static_paths
from carreau.site.publish.answers import Answers, link
from carreau.site.publish.shared_fields import Localizer

_WORDS = path_words("scenes")
"""Path segments of the pages of maps, after that of their owner."""


def add_grounds(record: SiteRecord | TrailRecord, answers: Answers) -> dict[str, schema.SceneGround]:
    """Store the pictures under the maps of a record; returns them by the slug of the map."""
    grounds = dict[str, schema.SceneGround]()
    for each in scene_records(record):
        if each.entry.of.ground:
            found = read_georeferenced(each.entry.folder / each.entry.of.ground)
            url = link(answers.store.add_file(found.path)).url
            grounds[each.slug] = schema.SceneGround(
                url=url, bounds=found.bounds, source=found.source, licence=found.licence, credit=found.credit,
                rms_m=found.rms_m,
            )  # fmt: skip
    return grounds


def scenes(
    record: SiteRecord | TrailRecord, kind: str, localizer: Localizer, grounds: Mapping[str, schema.SceneGround]
) -> tuple[schema.MapScene, ...]:
    """Return the maps of a record.

    kind : "sites" or "trails"
    grounds : of `add_grounds`
    """
    found = (_scene(each, kind, localizer) for each in scene_records(record))
    return tuple(each.model_copy(update={"ground": grounds.get(each.slug)}) for each in found)


def _scene(record: SceneRecord, kind: str, localizer: Localizer) -> schema.MapScene:
    scene, communes = record.entry.of, record.catalogue.communes
    spots = {each.id: spots_of(each, scene, communes) for each in scene.feature}
    events = tuple(_event(record, number, spots, localizer) for number in range(len(scene.event)))
    features = tuple(_feature(record, number, spots, localizer) for number in range(len(scene.feature)))
    owner = static_paths.pages(kind, record.owner.slug, LANGUAGES)
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
        sources=tuple(_sources(record, _named(scene), localizer)),
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


def _event(record: SceneRecord, number: int, spots: dict[str, list[Spot]], localizer: Localizer) -> schema.SceneEvent:
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
    points, commune = place_of(other, record.catalogue.communes)
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


def _named(scene: WrittenScene) -> set[str]:
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
