"""The models that a scan is compared with: what visitors see of a state now, else what was built last here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from carreau.base.i18n.languages import SOURCE
from carreau.base.levels import AR, LEVEL_OF, LEVELS, OFFERED
from carreau.base.schema.bundle import NAME
from carreau.base.schema.file_links import File
from carreau.base.schema.site import Site
from carreau.desk.scan_inbox import report_in
from carreau.desk.scene import finest_level
from carreau.desk.web.publishing import Publishing
from carreau.site.bundle.release_answers import ReleaseAnswers
from carreau.site.publish.static_paths import api

POSTER = "poster.webp"
_AR_GLB = AR.files[0].level


@dataclass(frozen=True)
class Figures:
    """What a level of a model measures; None where there is no such level.

    psnr_db : likeness to the scan
    """

    bytes: int
    triangles: int
    texture_px: int
    psnr_db: float | None


@dataclass(frozen=True)
class ShownModel:
    """The model of a state.

    figures : by level
    model : the finest level for screens, None where there is none
    poster : its picture, None where there is none
    published : since when its release has been served, None for one that was only built
    """

    figures: Mapping[str, Figures]
    model: Path | None
    poster: Path | None
    published: datetime | None = None


def model_now(publishing: Publishing, slug: str, state: str) -> ShownModel | None:
    """Return the model of a state in the served release, else the one that was built last, None where there is none."""
    release = publishing.previews.release()
    found = _published(release, slug, state, publishing.options.bundle / NAME) if release else None
    return found or built_model(publishing.options.models / slug / state)


def built_model(folder: Path) -> ShownModel | None:
    """Return the model in a folder that a build has written, None where there is none."""
    model, poster = finest_level(folder), folder / POSTER
    if model is None and not poster.is_file():
        return None
    return ShownModel(figures_of(folder), model, poster if poster.is_file() else None)


def figures_of(folder: Path) -> dict[str, Figures]:
    """Return the figures of built models by level, none where there is no report."""
    found = dict[str, Figures]()
    for row in (report_in(folder) or {}).get("levels", ()):
        path = folder / f"{row['name']}.glb"
        if path.is_file():
            error = row.get("error") or {}
            found[row["name"]] = Figures(
                path.stat().st_size, row["triangles"], row.get("texture_px") or 0, error.get("psnr_db")
            )
    return found


def _published(release: ReleaseAnswers, slug: str, state: str, manifest: Path) -> ShownModel | None:
    """Return the model of a state in a release, None where it has none, or its files were removed."""
    try:
        site = Site.model_validate_json(release.content(api("sites", slug), SOURCE))
        published = datetime.fromtimestamp(manifest.stat().st_mtime).astimezone()
    except (KeyError, OSError, ValueError):
        return None
    levels = {each.level: each for of in site.states if of.id == state for each in of.levels}
    posters = [each for of in site.states if of.id == state for each in of.poster]
    model = next((path for name in reversed(OFFERED) if (path := _place(release, levels.get(name)))), None)
    if model is None:
        return None
    figures = {
        LEVEL_OF[name]: Figures(each.bytes, each.triangles, each.texture_px, each.error.psnr_db)
        for name, each in levels.items()
        if name in LEVELS or name == _AR_GLB
    }
    return ShownModel(figures, model, _place(release, posters[0]) if posters else None, published)


def _place(release: ReleaseAnswers, file: File | None) -> Path | None:
    path = release.place_of(file) if file else None
    return path if path and path.is_file() else None
