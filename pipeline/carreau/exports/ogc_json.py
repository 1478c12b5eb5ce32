"""OGC documents in JSON: maps that move (Moving Features), and where models stand (GeoPose).

A unit's positions are known at instants only, and nothing is said of the time between them ("Discrete"); what stays
where it is stays there until something else is said or the map ends ("Step", which asks for two instants). The standard
has no place for doubt: what is supposed, who says it, and what other sources say instead stand in the properties.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from carreau.base.messages import Message, message
from carreau.catalogue.show import GONE, LINE, MOVABLE, SOLAR, Feature, MapScene, Spot, find_spots
from carreau.catalogue.site import Pose, State
from carreau.catalogue.table_reader import instants
from carreau.catalogue.trail import TrailSource
from carreau.exports.record import (
    NothingToExportError,
    SceneRecord,
    SiteRecord,
    Texts,
    TrailRecord,
    credit_lines,
    refuse_demonstration,
    scene_records,
)
from carreau.exports.serializers import compact, json_bytes, plain_texts

CRS = {"type": "Name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
TRS = {
    "type": "Link",
    "properties": {"type": "OGCDEF", "href": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"},
}
DISCRETE, STEP = "Discrete", "Step"
_MINUTES_A_DEGREE = 4.0
"""By which the sun is later, for each degree of longitude to the west."""


def moving_features(record: SiteRecord | TrailRecord) -> bytes:
    """Return all maps of a site or trail as one collection; raises NothingToExportError without any."""
    records = scene_records(record)
    if not records:
        raise NothingToExportError(
            record.slug, message("it has no map that moves"), message("write one: NAME.scene.toml")
        )
    features, times, points = list[dict[str, Any]](), list[str](), list[tuple[float, float]]()
    for scene in records:
        clock = _offset(scene)
        stamps = [_stamp(instant, clock) for instant in instants(_moments(scene.entry.of))]
        times += stamps
        for number, feature in enumerate(scene.entry.of.feature):
            spots = find_spots(feature, scene.entry.of, record.catalogue.communes)
            points += [point for spot in spots for point in spot.points]
            features.append(_feature(scene, number, feature, spots, stamps))
    document = {
        "type": "FeatureCollection",
        "crs": CRS,
        "trs": TRS,
        "bbox": _box(points),
        "time": [min(times), max(times)] if times else None,
        "features": features,
        "properties": {"maps": [_about(scene) for scene in records], "credit": credit_lines(record.entry.of.rights)},
    }
    return json_bytes(compact(document))


def _moments(scene: MapScene) -> list[Any]:
    return [event.time for event in scene.event if event.time is not None]


def _offset(record: SceneRecord) -> str:
    """Return the offset of the map's clock from UTC: "Z", or that of the mean sun, to the minute.

    Of the sun it is that of the middle of what is drawn: a kilometre is three seconds there.
    """
    scene = record.entry.of
    spots = (spot for each in scene.feature for spot in find_spots(each, scene, record.catalogue.communes))
    lons = [lon for spot in spots for lon, _ in spot.points]
    if scene.clock != SOLAR or not lons:
        return "Z"
    minutes = round((min(lons) + max(lons)) / 2 * _MINUTES_A_DEGREE)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _stamp(instant: datetime, offset: str) -> str:
    return f"{instant.isoformat()}{offset}"


def _feature(
    record: SceneRecord, number: int, feature: Feature, spots: Sequence[Spot], stamps: Sequence[str]
) -> dict[str, Any]:
    placed = [spot for spot in spots if spot.points and spot.at.state != GONE]
    document: dict[str, Any] = {
        "type": "Feature",
        "id": f"{record.slug}/{feature.id}",
        "geometry": None,
        "properties": {
            "map": record.slug,
            "kind": feature.kind,
            "side": feature.side,
            "label": feature.label,
            "name": plain_texts(record.text("feature", number, "name")),
            "evidence": feature.evidence,
            "sources": list(feature.sources),
            "positions": [_position(spot, feature, stamps) for spot in spots],
        },
    }
    if not placed:  # a feature of GeoJSON: it is named, and its position is not known
        return document
    times = [stamps[spot.event] for spot in placed]
    is_line = feature.kind == LINE and all(len(spot.points) > 1 for spot in placed)
    coordinates = [list(map(list, spot.points)) if is_line else list(spot.points[0]) for spot in placed]
    stays = feature.kind not in MOVABLE and len(placed) == len(spots)
    if stays and times[-1] != stamps[-1]:
        times.append(stamps[-1])
        coordinates.append(coordinates[-1])
    geometry = {
        "type": "MovingLineString" if is_line else "MovingPoint",
        "datetimes": times,
        "coordinates": coordinates,
        "interpolation": STEP if stays and len(times) > 1 else DISCRETE,
    }
    states = [(stamps[spot.event], spot.at.state) for spot in spots if spot.at.state]
    return {
        **document,
        "bbox": _box([point for spot in placed for point in spot.points]),
        "time": [times[0], times[-1]],
        "temporalGeometry": geometry,
        **({"temporalProperties": [_states(states)]} if states else {}),
    }


def _states(states: Sequence[tuple[str, str]]) -> dict[str, Any]:
    values = [state for _, state in states]
    return {
        "datetimes": [time for time, _ in states],
        "state": {"type": "Text", "values": values, "interpolation": STEP},
    }


def _position(spot: Spot, feature: Feature, stamps: Sequence[str]) -> dict[str, Any]:
    """Return what is known of one position."""
    basis = spot.at.position.basis if spot.at.position else ""
    return compact(
        {
            "datetime": stamps[spot.event],
            "event": spot.at.event,
            "is_known": bool(spot.points),
            "is_supposed": spot.is_supposed,
            "around": spot.commune.name if spot.commune else "",
            "basis": "middle of the commune's bounding box, computed" if spot.commune else basis,
            "evidence": spot.at.evidence or ("hypothetical" if spot.commune else feature.evidence),
            "sources": list(spot.at.sources or feature.sources),
        }
    )


def _about(record: SceneRecord) -> dict[str, Any]:
    """Return the events of a map with what other sources say of them, and what nobody knows."""
    scene, clock = record.entry.of, _offset(record)
    times = instants(_moments(scene))
    events = [
        compact(
            {
                "id": event.id,
                "datetime": _stamp(times[number], clock),
                "written": event.time.text if event.time else "",
                "told": plain_texts(record.text("event", number, "told")),
                "title": plain_texts(record.text("event", number, "title")),
                "text": plain_texts(record.text("event", number, "text")),
                "sources": list(event.sources),
                "evidence": event.evidence,
                "others": [
                    compact(
                        {
                            "text": plain_texts(record.text("event", number, "other", which, "text")),
                            "written": other.time.text if other.time else "",
                            "sources": list(other.sources),
                        }
                    )
                    for which, other in enumerate(event.other)
                ],
            }
        )
        for number, event in enumerate(scene.event)
    ]
    named: dict[str, Texts] = {"name": record.names(), "summary": record.summaries(), "note": record.text("note")}
    return compact(
        {
            "id": record.slug,
            **{key: plain_texts(texts) for key, texts in named.items()},
            "clock": scene.clock,
            "sides": {
                each.id: plain_texts(record.text("side", number, "name")) for number, each in enumerate(scene.side)
            },
            "events": events,
            "sources": _sources(record),
        }
    )


def _sources(record: SceneRecord) -> list[dict[str, str]]:
    sources = [*record.owner.entry.of.source, *record.entry.of.source]
    return [
        compact({"id": each.id, "title": each.title, "url": each.url, "reliability": each.reliability})
        for each in sources
        if isinstance(each, TrailSource)
    ]


def _box(points: Sequence[tuple[float, float]]) -> list[float] | None:
    if not points:
        return None
    lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
    return [min(lons), min(lats), max(lons), max(lats)]


Quaternion = tuple[float, float, float, float]


def geoposes(record: SiteRecord) -> dict[str, bytes | NothingToExportError]:
    """Return the GeoPose of each state by id, or the reason why it has none; heights and headings are not assumed.

    The frame is the model's with z up: its x, -z and y, as glTF has them, point east, north and up without rotation.
    Raises NothingToExportError for a site without a state, and for a demonstration, which has no location.
    """
    refuse_demonstration(record)
    if not record.states:
        raise NothingToExportError(
            record.entry.document.name, message("it has no state yet"), message("add one as [[state]]")
        )
    return {each.state.id: _geopose(record, each.state) for each in record.states}


def _geopose(record: SiteRecord, state: State) -> bytes | NothingToExportError:
    missing = missing_fields(state.geopose)
    if state.geopose is None or missing is not None:
        return NothingToExportError(
            record.entry.document.name,
            message("its state '%(state)s' lacks its %(fields)s", state=state.id, fields=missing or ""),
            message("add it to [state.geopose]"),
        )
    return json_bytes(basic_quaternion(state.geopose))


def missing_fields(pose: Pose | None) -> Message | None:
    """Return the fields that a GeoPose needs and a pose does not have, None for a complete pose.

    >>> missing_fields(None), missing_fields(Pose(3.4, 50.3)), missing_fields(Pose(3.4, 50.3, 40.0, 12.5))
    ('position', 'height and heading', None)
    """
    if pose is None or pose.lon is None or pose.lat is None:
        return message("position")
    if pose.height_m is None:
        return message("height and heading") if pose.yaw_deg is None else message("height")
    return message("heading") if pose.yaw_deg is None else None


def basic_quaternion(pose: Pose) -> dict[str, dict[str, float]]:
    """Return a complete pose: degrees, metres above the ellipsoid, and the rotation from the local tangent plane.

    Models are built upright, so pitch and roll default to 0.
    """
    x, y, z, w = quaternion(pose.yaw_deg or 0.0, pose.pitch_deg or 0.0, pose.roll_deg or 0.0)
    return {
        "position": {"lat": pose.lat or 0.0, "lon": pose.lon or 0.0, "h": pose.height_m or 0.0},
        "quaternion": {"x": x, "y": y, "z": z, "w": w},
    }


def quaternion(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Quaternion:
    """Return (x, y, z, w) of a yaw about up, then a pitch about the turned y axis, then a roll about the turned x axis.

    So the standard has its Basic-YPR, in east, north and up: yaw counts from east to north, a positive pitch turns the
    x axis down.

    >>> [round(part, 6) for part in quaternion(90, 0, 0)]
    [0.0, 0.0, 0.707107, 0.707107]
    """
    (cy, sy), (cp, sp), (cr, sr) = (_half(each) for each in (yaw_deg, pitch_deg, roll_deg))
    return (
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
        cr * cp * cy + sr * sp * sy,
    )


def _half(degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees) / 2
    return math.cos(angle), math.sin(angle)
