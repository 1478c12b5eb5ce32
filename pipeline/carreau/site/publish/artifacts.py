"""Files built for sites and routes (models, posters, media), in the bundle and for exports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from carreau.base.errors import OptionError
from carreau.base.languages import SOURCE
from carreau.base.levels import ALTERNATIVES, AR, AR_FILES, BUDGETED, LEVEL_OF, TABLE_FILES, standing_distance
from carreau.base.messages import message
from carreau.base.schema.parts import File, Link, Medium, Picture, Text, Track, Variant
from carreau.base.schema.site import AugmentedReality, Clip, Error, Level, LevelName, Triple, View
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.site import State
from carreau.exports.record import MediumFile, ModelFile, StateRecord
from carreau.models.reports.report import is_simulated
from carreau.runs.cache import Cache
from carreau.runs.progress import Progress
from carreau.site.content_store import ContentStore
from carreau.site.media_preparation import make_media
from carreau.site.publish.bundle_answers import link
from carreau.site.renditions import ENDING_OF, Rendition, smaller_posters


@dataclass(frozen=True)
class StateArtifacts:
    """Files built for a state.

    bounds_m : lowest and highest corner of the model, in its metres
    is_size_known : whether the unit of the scan was known
    table_scale : from the model's metres to those of its AR files for a table; None without an AR pair made for one
    pose : position of the origin of a survey or a massing model, in degrees and metres
    survey : what the report tells of a survey from the air, see `carreau.models.builders.survey_builder.survey_json`
    massing : what it tells of a massing model, see `carreau.models.builders.massing_builder.massing_facts`
    """

    levels: tuple[Level, ...] = ()
    poster: tuple[Picture, ...] = ()
    poster_view: View | None = None
    bounds_m: tuple[Triple, Triple] | None = None
    is_size_known: bool = False
    table_scale: float | None = None
    is_simulated: bool = False
    clips: tuple[Clip, ...] = ()
    pose: tuple[float, float, float] | None = None
    survey: Mapping[str, Any] | None = None
    massing: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class EntryArtifacts:
    """Files built for a site or route; without any it is a draft.

    states : by id
    media : by id, without the texts
    """

    states: Mapping[str, StateArtifacts] = field(default_factory=dict)
    media: Mapping[str, Medium] = field(default_factory=dict)


REPORT, POSTER = "report.json", "poster.webp"
_FILES: Mapping[str, tuple[tuple[str, LevelName], ...]] = {
    name: tuple((f"{name}{file.suffix}", file.level) for file in level.files) for name, level in BUDGETED.items()
}


def built_state(folder: Path, store: ContentStore, cache: Cache) -> StateArtifacts | None:
    """Return the models in a state's folder, with their files in the store; None before a build.

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
        poster_view=View.model_validate(view) if view else None,
        bounds_m=(low, high) if low else None,
        is_size_known=bool(scan.get("unit_known")),
        table_scale=_table_scale(report),
        is_simulated=is_simulated(report),
        clips=tuple(Clip(name=each["name"], duration_s=each["duration_s"]) for each in scan.get("clips", ())),
        pose=_pose(scan),
        survey=scan.get("survey"),
        massing=scan.get("massing"),
    )


def _table_scale(report: Mapping[str, Any]) -> float | None:
    scales = [row["table"]["scale"] for row in report["levels"] if row["name"] == AR.name and "table" in row]
    return float(scales[0]) if scales else None


def augmented_reality(built: StateArtifacts, is_life_sized: bool) -> AugmentedReality | None:
    """Return how a state appears in augmented reality; None without files for it.

    is_life_sized : whether it may appear life-size, if its size is known and one can stand back far enough
    """
    if not any(level.level in AR_FILES for level in built.levels):
        return None
    distance = None
    if is_life_sized and built.is_size_known and built.bounds_m:
        (x, y, z), (left, low, back) = built.bounds_m[1], built.bounds_m[0]
        distance = standing_distance((x - left, y - low, z - back))
    return AugmentedReality(table_scale=built.table_scale, life_size_m=distance)


def _pose(scan: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """Return where a model stands that says so itself; the height of a massing model is unknown, and not used."""
    if "massing" in scan:
        return float(scan["massing"]["lon"]), float(scan["massing"]["lat"]), 0.0
    if "survey" not in scan:
        return None
    position = scan["place"]["geopose"]["position"]
    return float(position["lon"]), float(position["lat"]), float(position["h"])


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
                texel_m=row.get("texel_m") or 0.0,
                gpu_bytes=row["gpu_bytes"],
                extensions=tuple(row.get("extensions", ())) if path.suffix == ".glb" else (),
                error=Error(
                    psnr_db=error.get("psnr_db"), ssim=error.get("ssim"), rms_m=(error.get("to_scan") or {}).get("rms")
                ),
                url=f"/{file.path}",
                **file.model_dump(),
            )


def _posters(folder: Path, store: ContentStore, cache: Cache) -> Iterator[Picture]:
    """Yield the poster, then its smaller forms; the last one is the smallest that every browser reads."""
    path = folder / POSTER
    if not path.is_file():
        return
    with Image.open(path) as image:
        yield picture(store.add_file(path), *image.size)
    for form in cache.step(smaller_posters, cache.files(path), label=f"posters of {folder.parent.name}").value():
        yield picture(store.add_bytes(form.content, ENDING_OF[form.media_type]), form.width or 0, form.height or 0)


def picture(file: File, width: int, height: int) -> Picture:
    """Return an image of the bundle with its address."""
    return Picture(url=f"/{file.path}", width=width, height=height, **file.model_dump())


def gather(
    entry: Entry[Any],
    models: Path,
    media: Path,
    store: ContentStore,
    cache: Cache,
    progress: Progress,
    is_preview: bool = False,
) -> EntryArtifacts:
    """Return the files built for a site or route.

    models : folder of `carreau build`, with SITE/STATE/
    media : folder for renditions of media
    is_preview : see `make_media`
    Raises OptionError and FormatError for invalid files.
    """
    states: Mapping[str, StateArtifacts] = {
        state.id: artifacts
        for state in getattr(entry.of, "state", ())
        if (artifacts := built_state(model_folder(models, entry.slug, state), store, cache)) is not None
    }
    renditions = make_media(entry, media, cache, progress, is_preview=is_preview)
    return EntryArtifacts(states, {each.id: _medium(each, media, store) for each in renditions})


def model_folder(models: Path, slug: str, state: State) -> Path:
    """Return the folder of the models of a state."""
    return models / slug / state.id


def _medium(rendition: Rendition, folder: Path, store: ContentStore) -> Medium:
    variants = []
    for each in rendition.variants:
        file = link(store.add_file(folder / each.name))
        variants.append(
            Variant(
                width=each.width,
                height=each.height,
                codec=each.codec,
                **file.model_copy(update={"media_type": each.media_type}).model_dump(),
            )
        )
    forms = {SOURCE: rendition.captions, **rendition.translated_captions} if rendition.captions else {}
    tracks = [
        Track(lang=language, **link(store.add_file(folder / form.name)).model_dump())
        for language, form in forms.items()
        if form
    ]
    captions = next((each.model_dump(include=set(Link.model_fields)) for each in tracks), None)
    values = {
        "id": rendition.id,
        "kind": rendition.kind,
        "credit": "",
        "licence": "",
        "transcript": Text(text=rendition.transcript, lang=SOURCE, standing="source") if rendition.transcript else None,
        "captions": captions,
        "captions_lang": SOURCE if captions else "",
        "tracks": tuple(tracks),
        "placeholder": rendition.placeholder,
        "duration_s": rendition.duration_s or None,
        "variants": tuple(variants),
    }
    return Medium.model_validate(values)


def state_record(state: State, built: StateArtifacts, base_url: str) -> StateRecord:
    """Return the record of a state for exports, with absolute URLs."""
    poster = built.poster[0] if built.poster else None
    return StateRecord(
        state,
        tuple(_model_files(built, base_url)),
        f"{base_url}{poster.url}" if poster else "",
        (poster.width, poster.height) if poster else (0, 0),
        built.bounds_m,
    )


def medium_files(built: EntryArtifacts, base_url: str) -> dict[str, MediumFile]:
    """Return the most compatible form of each medium by id, with its absolute URL."""
    return {name: _medium_file(medium, base_url) for name, medium in built.media.items() if medium.variants}


def _medium_file(medium: Medium, base_url: str) -> MediumFile:
    form = medium.variants[-1]
    size = form.width or 0, form.height or 0
    return MediumFile(f"{base_url}{form.url}", form.media_type, *size, medium.duration_s or 0.0)


def _model_files(built: StateArtifacts, base_url: str) -> Iterator[ModelFile]:
    for level in built.levels:
        if level.level in (*TABLE_FILES, *ALTERNATIVES):
            continue  # the same model: other formats say neither how large a program shows it, nor what it decodes
        yield ModelFile(
            LEVEL_OF.get(level.level, level.level),
            f"{LEVEL_OF.get(level.level, level.level)}.{level.ext}",
            level.media_type,
            level.bytes,
            level.sha256,
            f"{base_url}{level.url}",
            level.triangles,
            level.texture_px or None,
            _rms(level),
        )


def _rms(level: Level) -> float | None:
    return level.error.rms_m
