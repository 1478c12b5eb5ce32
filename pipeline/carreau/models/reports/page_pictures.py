"""Pictures of a report's page, with their captions and alternative texts."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from carreau.base.i18n.translator import Translator
from carreau.models.reports.page_parts import scan_content, size_words
from carreau.models.reports.page_rows import is_simulated, level_name, level_rows, mapping, texture_words

if TYPE_CHECKING:
    from carreau.models.stages.pictures import LevelPictures, ScanPictures


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
        "caption": _marked(report, caption, wording),
    }


def _marked(report: Mapping[str, Any], caption: str, wording: Translator) -> str:
    """Return a caption that says so where nobody surveyed what is shown."""
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
    caption = _marked(report, wording.text("Scan, lit"), wording)
    shots = [{"uri": data_uri(scan.lit), "alt": wording.text("The scan, lit."), "caption": caption}]
    for level in level_rows(report):
        pictures = levels.get(str(level.get("name")))
        if pictures is not None and pictures.lit is not None:
            name = level_name(level.get("name"), wording)
            kept = texture_words(level, wording)
            alt = wording.text("%(level)s, lit; its textures: %(textures)s.", level=name, textures=kept)
            caption = _marked(report, wording.text("%(level)s, lit", level=name), wording)
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
    from carreau.geometry.render.color_difference import RAMP

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
    return {"uri": data_uri(scan.images[number]), "alt": alt, "caption": _marked(report, caption, wording)}


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
        "caption": _marked(report, f"{name}, {triangles}", wording),
        "heat": {
            "uri": data_uri(pictures.heat[number]),
            "alt": wording.text(
                "Differences of %(level)s from the scan in view %(view)s: %(figures)s; covered by only one: %(alone)s.",
                level=name, view=view, figures=spread, **figures,
            ),
            "caption": wording.text("Median %(median)s, 95%% ≤ %(p95)s; covered by only one: %(alone)s", **figures),
        },
    }  # fmt: skip
