"""Sections of a report's page: facts about the scan, the authored model, AR files and location."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from carreau.base.levels import AR
from carreau.base.messages import Message
from carreau.base.translator import NOTHING, TaggedText, Translator
from carreau.models.reports.report import is_simulated, level_name, level_rows, mapping, texture_words

if TYPE_CHECKING:
    from carreau.models.stages.pictures import LevelPictures, ScanPictures

CONTEXT = "fact"
"""Of the catalogues: what plain keys of the report are called; one that no catalogue has is shown as it is."""


def size_words(scan: Mapping[str, Any], wording: Translator) -> str:
    """Return length, height and depth, marked as supposed if the unit is."""
    sides = scan.get("size_m")
    if not isinstance(sides, list | tuple) or not sides:
        return wording.text("an unknown size")
    size = " × ".join(wording.length(side) for side in sides)
    return size if scan.get("unit_known", True) else wording.text("%(size)s if 1 unit is 1 m", size=size)


def size_note(scan: Mapping[str, Any], wording: Translator) -> str:
    """Return a sentence about an unknown unit, else nothing."""
    if scan.get("unit_known", True):
        return ""
    return wording.text("The scan's unit is uncertain: all lengths on this page take 1 unit as 1 m.")


def cleaned_note(scan: Mapping[str, Any], wording: Translator) -> str:
    """Return a sentence on how many triangles there were, and how many are left."""
    before, after, points = (scan.get(key) for key in ("triangles", "triangles_cleaned", "points"))
    if isinstance(points, int):
        numbers = {"points": wording.count(points), "after": wording.count(after)}
        return wording.text("A surface of %(after)s triangles was built from %(points)s points.", **numbers)
    before = scan.get("triangles_simplified", before)
    if before is None or after is None:
        return ""
    numbers = {"before": wording.count(before), "after": wording.count(after)}
    return wording.text("%(after)s of %(before)s triangles remain after cleaning.", **numbers)


def scan_content(scan: Mapping[str, Any], wording: Translator) -> str:
    """Return how many points or triangles a scan has."""
    points = scan.get("points")
    if isinstance(points, int):
        return wording.plural("%(number)s point", "%(number)s points", points)
    return wording.plural("%(number)s triangle", "%(number)s triangles", int(scan.get("triangles") or 0))


def scan_facts(report: Mapping[str, Any], wording: Translator) -> list[tuple[str, str]]:
    """Return what a reader wants to know first, label and text."""
    scan = mapping(report.get("scan"))
    unknown = wording.text("not stated")
    kind = " ".join(_words(scan[key], wording) for key in ("format", "detail") if scan.get(key))
    return [
        (wording.text("Source"), str(report.get("source") or unknown)),
        (wording.text("Licence"), str(report.get("licence") or unknown)),
        (wording.text("Credit"), str(report.get("credit") or unknown)),
        (wording.text("Scan"), ", ".join(part for part in (str(scan.get("file", "")), kind) if part)),
        (wording.text("Contains"), scan_content(scan, wording)),
        (wording.text("Size"), size_words(scan, wording)),
        (wording.text("Files read"), ", ".join(str(name) for name in scan.get("files") or ()) or unknown),
        (wording.text("Made by"), str(report.get("generator", "Carreau"))),
    ]


def _words(value: object, wording: Translator) -> str:
    return wording.message(value) if isinstance(value, Message) else str(value)


def reality_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return the report's entry for the AR pair, whose GLB is a level like others; None without a pair."""
    level = next((row for row in level_rows(report) if row.get("name") == AR.name), {})
    own = {key: level[key] for key in ("scale", "usdz", "quick_look", "scene_viewer") if key in level}
    facts = {**own, **mapping(report.get("ar"))}
    if not facts and not level:
        return None
    pair = mapping(facts.pop("usdz", None))
    rows = [(_file_label("GLB", wording), _file_words(level, wording))] if level else []
    if pair:
        rows += [(_file_label("USDZ", wording), _file_words(pair, wording)), *_agreement(pair, wording)]
    others = {key: value for key, value in facts.items() if key not in ("decisions", "warnings", "scale")}
    rows += [row for key, value in others.items() for row in _rows(key, value, wording)]
    return {"id": "ar", "title": wording.text("AR files"), "note": _scale_note(report, facts, wording), "rows": rows}


def _file_label(kind: str, wording: Translator) -> TaggedText:
    return TaggedText(kind, wording.language)


def _file_words(file: Mapping[str, Any], wording: Translator) -> str:
    return f"{file.get('file', '')}, {wording.size(file.get('bytes'))}"


def _agreement(pair: Mapping[str, Any], wording: Translator) -> list[tuple[TaggedText, str]]:
    """Return how alike pictures of the two files are; a pair with the same numbers has none."""
    agreement = mapping(pair.get("agreement"))
    if "psnr_db" not in agreement:
        return []
    label = TaggedText(wording.text("USDZ beside GLB"), wording.language)
    if not agreement.get("views"):
        if agreement.get("differs"):
            return [(label, wording.text("the same triangles, materials and images, without colours of vertices"))]
        return [(label, wording.text("the same triangles, materials and images"))]
    identical = wording.text("no pixel differs")
    likeness = identical if agreement["psnr_db"] is None else wording.decibels(agreement["psnr_db"])
    views = wording.text(
        "%(likeness)s, from %(views)s sides", likeness=likeness, views=wording.count(agreement.get("views"))
    )
    return [(label, views)]


def _scale_note(report: Mapping[str, Any], facts: Mapping[str, Any], wording: Translator) -> str:
    is_known = mapping(report.get("scan")).get("unit_known", True)
    if facts.get("scale", "fixed" if is_known else "free") == "free":
        return wording.text("The real size is unknown: visitors can scale the model.")
    return wording.text("The real size is known: the model appears life-size.")


def place_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return where the model stands on the Earth (OGC GeoPose); None if that is unknown."""
    place = mapping(report.get("place")) or mapping(mapping(report.get("scan")).get("place"))
    if not place:
        return None
    pose = {**place, **mapping(place.get("geopose") or place.get("pose"))}
    decimals = {"lon": 7, "lat": 7, "height": 3}
    position = mapping(pose.get("position"))
    pose = {**pose, **{key: position.get(key, position.get("h")) for key in decimals if position}}
    rows = []
    for key, digits in decimals.items():
        if isinstance(pose.get(key), int | float):
            unit = " m" if key == "height" else "°"
            rows.append((_label(key, wording), f"{wording.number(pose[key], digits)}{unit}"))
    left = {key: value for key, value in place.items() if key not in (*decimals, "position", "geopose", "pose")}
    rows += [row for key, value in left.items() for row in _rows(key, value, wording)]
    note = wording.text("Position and orientation of the model's origin, as an OGC GeoPose.")
    return {"id": "place", "title": wording.text("Location"), "note": note, "rows": rows}


def _rows(key: str, value: object, wording: Translator) -> list[tuple[TaggedText, str]]:
    if isinstance(value, Mapping):
        return [row for name, inner in value.items() for row in _rows(f"{key} {name}", inner, wording)]
    return [(_label(key, wording), _value(key, value, wording))]


def _label(key: str, wording: Translator) -> TaggedText:
    plain = key.replace("_", " ")
    label = wording.known(CONTEXT, plain)
    return TaggedText(label, wording.language) if label else TaggedText(plain, "en")


def _value(key: str, value: object, wording: Translator) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return wording.text("yes") if value else wording.text("no")
    if isinstance(value, int | float):
        if key.endswith("bytes"):
            return wording.size(value)
        return (
            wording.decibels(value)
            if key.endswith("_db")
            else wording.number(value, 0 if isinstance(value, int) else 4)
        )
    if isinstance(value, list | tuple):
        return ", ".join(_value(key, each, wording) for each in value) or NOTHING
    return _words(value, wording)


MOST_NAMES = 24
"""Nodes that are named on the page; a rig has hundreds, and `report.json` has them all."""


def authored_part(report: Mapping[str, Any], wording: Translator) -> dict[str, Any] | None:
    """Return what an authored model has that a scan has not; None for a scan."""
    authored = mapping(mapping(report.get("scan")).get("authored"))
    if not authored:
        return None
    names = [str(name) for name in authored.get("named_nodes") or ()]
    more = ["…"] if len(names) > MOST_NAMES else []
    clips = [_clip(mapping(clip), wording) for clip in authored.get("clips") or ()]
    facts = (
        (wording.text("Clips"), "; ".join(clips) or wording.text("none")),
        (wording.text("Skins"), wording.count(authored.get("skins"))),
        (wording.text("Joints"), wording.count(authored.get("joints"))),
        (wording.text("Morph targets"), wording.count(authored.get("morph_targets"))),
        (wording.text("Nodes"), wording.count(authored.get("nodes"))),
        (wording.text("Named nodes"), ", ".join([*names[:MOST_NAMES], *more]) or NOTHING),
        (wording.text("Materials"), wording.count(authored.get("materials"))),
        (wording.text("Extensions kept"), ", ".join(str(name) for name in authored.get("extensions") or ()) or NOTHING),
    )
    rows = [(TaggedText(label, wording.language), text) for label, text in facts]
    note = wording.text("This model was authored: every GLB file keeps its nodes, materials and animations.")
    return {
        "id": "authored",
        "title": wording.text("Authored model"),
        "note": note,
        "rows": [*rows, *_moments(report, wording)],
    }


def _clip(clip: Mapping[str, Any], wording: Translator) -> str:
    return f"{clip.get('name', '')}, {wording.seconds(clip.get('duration_s'), 1)}"


def _moments(report: Mapping[str, Any], wording: Translator) -> list[tuple[TaggedText, str]]:
    """Return how like the model each level is at the moments that were looked at."""
    rows = []
    for level in level_rows(report):
        for posed in level.get("posed") or ():
            error = mapping(posed.get("error"))
            psnr = error.get("psnr_db")
            label = wording.text(
                "%(level)s at %(time)s of %(clip)s",
                level=level_name(level.get("name"), wording),
                time=wording.seconds(posed.get("time_s"), 1),
                clip=str(posed.get("clip", "")),
            )
            likeness = wording.text("no pixel differs") if psnr is None else wording.decibels(psnr)
            distance = wording.length(mapping(error.get("to_scan")).get("rms"))
            rows.append((TaggedText(label, wording.language), f"{likeness}, {distance} RMS"))
    return rows


def data_uri(image: bytes) -> str:
    """Return an image as an address that holds all of it."""
    kind = "png" if image.startswith(b"\x89PNG") else "webp"
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


def poster_figure(report: Mapping[str, Any], poster: bytes, wording: Translator) -> dict[str, Any] | None:
    """Return the poster, its size in pixels and its words; None without one."""
    if not poster:
        return None
    from PIL import Image

    with Image.open(io.BytesIO(poster)) as image:
        width, height = image.size
    name = str(report.get("name", ""))
    size = size_words(mapping(report.get("scan")), wording)
    alt = wording.text("%(name)s, seen from its best side; it measures %(size)s.", name=name, size=size)
    caption = wording.text("The scan from its best side, softly lit; %(size)s", size=size)
    return {
        "uri": data_uri(poster),
        "width": width,
        "height": height,
        "alt": alt,
        "caption": _mark(report, caption, wording),
    }


def _mark(report: Mapping[str, Any], caption: str, wording: Translator) -> str:
    """Return a caption, with a note if the model shows something that was never surveyed."""
    return wording.text("%(caption)s (simulated)", caption=caption) if is_simulated(report) else caption


def view_rows(
    report: Mapping[str, Any], scan: ScanPictures, levels: Mapping[str, LevelPictures], wording: Translator
) -> list[dict[str, Any]]:
    """Return one side after the other: the scan, and each level with where it differs."""
    shown = [level for level in level_rows(report) if level.get("name") in levels]
    return [
        {
            "number": k + 1,
            "title": _title(scan, k, wording),
            "scan": _scan_shot(report, scan, k, wording),
            "levels": [_level_shot(report, level, levels[str(level["name"])], k, wording) for level in shown],
        }
        for k in range(len(scan.sides))
    ]


def lit_shots(
    report: Mapping[str, Any], scan: ScanPictures | None, levels: Mapping[str, LevelPictures], wording: Translator
) -> list[dict[str, str]]:
    """Return the scan and each level with light, none for a scan without such materials."""
    if scan is None or scan.lit is None:
        return []
    caption = _mark(report, wording.text("Scan, lit"), wording)
    shots = [{"uri": data_uri(scan.lit), "alt": wording.text("The scan, lit."), "caption": caption}]
    for level in level_rows(report):
        pictures = levels.get(str(level.get("name")))
        if pictures is not None and pictures.lit is not None:
            name = level_name(level.get("name"), wording)
            words = texture_words(level, wording)
            alt = wording.text("%(level)s, lit; its textures: %(textures)s.", level=name, textures=words)
            caption = _mark(report, wording.text("%(level)s, lit", level=name), wording)
            shots.append({"uri": data_uri(pictures.lit), "alt": alt, "caption": caption})
    return shots


def legend(scan: ScanPictures | None, levels: Mapping[str, LevelPictures], wording: Translator) -> dict[str, Any]:
    """Return what the heat maps' colours mean, and the size of all pictures."""
    top = max((pictures.top for pictures in levels.values()), default=0.0)
    ticks = [wording.number(top * share, 0 if top >= 4 else 1) for share in (0, 0.25, 0.5, 0.75, 1)]
    if top % 4:
        ticks = [wording.number(top * share, 1 if top * share % 1 else 0) for share in (0, 0.25, 0.5, 0.75, 1)]
    return {
        "top": wording.number(top, 0 if top % 1 == 0 else 1),
        "ticks": [*ticks[:-1], f"≥ {ticks[-1]}"],
        "ramp": _ramp(),
        "is_clay": scan is not None and scan.is_clay,
        "width": scan.width if scan else 0,
        "height": scan.height if scan else 0,
    }


def _ramp() -> tuple[str, ...]:
    from carreau.geometry.render.image_metrics import RAMP

    return RAMP


def _title(scan: ScanPictures, number: int, wording: Translator) -> str:
    if number == 0:
        return wording.text("View %(number)s: the poster's side", number=wording.count(1))
    turn = (scan.sides[number].azimuth_deg - scan.sides[0].azimuth_deg) % 360
    return wording.text(
        "View %(number)s: turned by %(turn)s°", number=wording.count(number + 1), turn=wording.number(turn)
    )


def _scan_shot(report: Mapping[str, Any], scan: ScanPictures, number: int, wording: Translator) -> dict[str, str]:
    facts = mapping(report.get("scan"))
    triangles = scan_content(facts, wording)
    alt = wording.text("The scan in view %(view)s: %(triangles)s.", view=wording.count(number + 1), triangles=triangles)
    caption = wording.text("Scan, %(triangles)s", triangles=triangles)
    return {"uri": data_uri(scan.images[number]), "alt": alt, "caption": _mark(report, caption, wording)}


def _level_shot(
    report: Mapping[str, Any], level: Mapping[str, Any], pictures: LevelPictures, number: int, wording: Translator
) -> dict[str, Any]:
    name, view = level_name(level.get("name"), wording), wording.count(number + 1)
    triangles = wording.plural("%(number)s triangle", "%(number)s triangles", int(level.get("triangles") or 0))
    figures = {
        "median": wording.number(pictures.median[number], 1),
        "p95": wording.number(pictures.p95[number], 1),
        "alone": wording.percent(pictures.alone[number], 1),
    }
    spread = wording.text("half the pixels differ by %(median)s or less, 95%% by %(p95)s or less", **figures)
    return {
        "uri": data_uri(pictures.images[number]),
        "alt": wording.text("%(level)s in view %(view)s: %(triangles)s.", level=name, view=view, triangles=triangles),
        "caption": _mark(report, f"{name}, {triangles}", wording),
        "heat": {
            "uri": data_uri(pictures.heat[number]),
            "alt": wording.text(
                "Differences of %(level)s from the scan in view %(view)s: %(figures)s; covered by only one: %(alone)s.",
                level=name, view=view, figures=spread, **figures,
            ),
            "caption": wording.text("Median %(median)s, 95%% ≤ %(p95)s; covered by only one: %(alone)s", **figures),
        },
    }  # fmt: skip
