"""Take the models of a state out of the folder that `carreau model` wrote into."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.bundle.content_store import ContentStore
from pipeline.cache.cache import Cache
from pipeline.errors import OptionError
from pipeline.levels import BUDGETED
from pipeline.media.encoded import ENDING_OF
from pipeline.media.posters import smaller_posters
from pipeline.messages import message
from pipeline.publish.artifacts import StateArtifacts
from pipeline.schema.files import File, Link, Picture
from pipeline.schema.state import Clip, Error, Level, LevelName, View

REPORT, POSTER = "report.json", "poster.webp"
_FILES: Mapping[str, tuple[tuple[str, LevelName], ...]] = {
    name: tuple((f"{name}{file.suffix}", file.level) for file in level.files) for name, level in BUDGETED.items()
}


def built_state(folder: Path, store: ContentStore, cache: Cache) -> StateArtifacts | None:
    """Return what lies in a state's folder, with its files in the store; None where nothing was built.

    Raises OptionError where the folder's report cannot be read.
    """
    path = folder / REPORT
    if not path.is_file():
        return None
    try:
        report = json.loads(path.read_bytes())
        return _state(report, folder, store, cache)
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError(
            message(
                "%(path)s is not a valid model report (%(error)s); build the models again",
                path=str(path),
                error=str(error),
            )
        ) from error


def _state(report: Mapping[str, Any], folder: Path, store: ContentStore, cache: Cache) -> StateArtifacts:
    levels = tuple(level for row in report["levels"] for level in _levels(row, folder, store))
    scan, view = report.get("scan", {}), report.get("poster_view")
    low, high = (tuple(corner) for corner in report.get("scan", {}).get("bounds_m") or ((), ()))
    return StateArtifacts(
        levels=levels,
        poster=tuple(_posters(folder, store, cache)),
        poster_view=View(azimuth_deg=view["azimuth_deg"], elevation_deg=view["elevation_deg"]) if view else None,
        bounds_m=(low, high) if low else None,
        is_size_known=bool(scan.get("unit_known")),
        is_simulated="simulated"
        in f"{report.get('source', '')} {report.get('name', '')} {scan.get('file', '')}".lower(),
        clips=tuple(Clip(name=each["name"], duration_s=each["duration_s"]) for each in scan.get("clips", ())),
    )


def _levels(row: Mapping[str, Any], folder: Path, store: ContentStore) -> Iterator[Level]:
    for name, level in _FILES.get(str(row["name"]), ()):
        path = folder / name
        if path.is_file():
            beside = path.with_name(f"{name}.br")
            is_ar = level.startswith("ar-")
            file = store.add_file(path, beside if beside.is_file() else None, keep_plain=is_ar)
            texture, error = row.get("texture"), row.get("error") or {}
            yield Level(
                level=level,
                triangles=row["triangles"],
                texture_px=row.get("texture_px") or 0,
                texture_format=texture["format"] if texture else "",
                gpu_bytes=row["gpu_bytes"],
                extensions=tuple(row.get("extensions", ())) if path.suffix == ".glb" else (),
                error=Error(
                    psnr_db=error.get("psnr_db"), ssim=error.get("ssim"), rms_m=(error.get("to_scan") or {}).get("rms")
                ),
                url=f"/{file.path}",
                **file.model_dump(),
            )


def _posters(folder: Path, store: ContentStore, cache: Cache) -> Iterator[Picture]:
    """Yield the poster as it was made, then its smaller forms, the smallest that every browser reads last."""
    path = folder / POSTER
    if not path.is_file():
        return
    with Image.open(path) as image:
        yield picture(store.add_file(path), *image.size)
    for form in cache.step(smaller_posters, cache.files(path), label=f"posters of {folder.parent.name}").value():
        yield picture(store.add_bytes(form.content, ENDING_OF[form.media_type]), form.width or 0, form.height or 0)


def link(file: File) -> Link:
    """Return a file of the bundle with its address."""
    return Link(url=f"/{file.path}", **file.model_dump())


def picture(file: File, width: int, height: int) -> Picture:
    """Return an image of the bundle with its address."""
    return Picture(url=f"/{file.path}", width=width, height=height, **file.model_dump())
