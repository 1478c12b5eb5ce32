"""Models of a site from the folder that `carreau model` wrote: `DIR/SITE/STATE/report.json` and its files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from carreau.base.errors import FormatError
from carreau.base.levels import ALTERNATIVES, ARCHIVE
from carreau.base.messages import message
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.site import Site
from carreau.catalogue.state import State, Triple
from carreau.exports.records.record import GLB, USDZ, ModelFile, StateRecord
from carreau.exports.records.urls import Urls

REPORT, POSTER = "report.json", "poster.webp"
_CURE = message("build the model again")


def built_models(entry: Entry[Site], folder: Path, urls: Urls) -> dict[str, StateRecord]:
    """Return the built states of a site, by id.

    folder : of all models; a site with a single state may have its files in `DIR/SITE` itself
    Raises FormatError for an invalid report, or one that does not match its files.
    """
    home, states = folder / entry.slug, {state.id: state for state in entry.of.state}
    folders = {path.parent.name: path.parent for path in sorted(home.glob(f"*/{REPORT}"))}
    if len(states) == 1 and (home / REPORT).is_file():
        folders[next(iter(states))] = home
    return {name: _state_record(states.get(name, State(id=name)), at, entry.slug, urls) for name, at in folders.items()}


def _state_record(state: State, folder: Path, slug: str, urls: Urls) -> StateRecord:
    path = folder / REPORT
    try:
        report = json.loads(path.read_bytes())
        files = tuple(_files(report, lambda name: urls.model_file(slug, state.id, name)))
        bounds = _bounds(report["scan"].get("bounds_m"))
    except (OSError, RecursionError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FormatError(path, "", message("it is not a valid model report"), _CURE) from error
    for file in files:
        _look(folder / file.name, file.bytes, path)
    poster = folder / POSTER
    poster_url = (urls.poster(slug, state.id), _pixels(poster)) if poster.is_file() else ("", (0, 0))
    return StateRecord(state, files, *poster_url, bounds)


def _bounds(corners: Any) -> tuple[Triple, Triple] | None:
    """Return the corners of a model, None in a report that was written before they were."""
    if corners is None:
        return None
    (left, low, back), (right, high, front) = corners
    return (float(left), float(low), float(back)), (float(right), float(high), float(front))


def _files(report: dict[str, Any], address: Callable[[str], str]) -> Iterator[ModelFile]:
    for level in report["levels"]:
        if level["name"] in ALTERNATIVES:
            continue  # other formats do not say what a program must decode
        figures = level["triangles"], level["texture_px"] or None, level["error"]["to_scan"]["rms"]
        yield _file(level["name"], level, GLB, address, *figures)
        if "usdz" in level:
            yield _file(level["name"], level["usdz"], USDZ, address, *figures)
    if ARCHIVE in report:
        yield _file(ARCHIVE, report[ARCHIVE], GLB, address, report[ARCHIVE]["triangles"])


def _file(
    level: str, values: dict[str, Any], kind: str, address: Callable[[str], str], triangles: int,
    texture_px: int | None = None, error_m: float | None = None,
) -> ModelFile:  # fmt: skip
    name = str(values["file"])
    if Path(name).name != name:
        raise ValueError("a file of a model lies beside its report")
    return ModelFile(
        level, name, kind, int(values["bytes"]), str(values["sha256"]), address(name), triangles, texture_px, error_m
    )


def _look(path: Path, size_bytes: int, report: Path) -> None:
    """Check a file against the report by its size; the digest is not recomputed."""
    if not path.is_file():
        raise FormatError(report, "", message("%(file)s is not beside it", file=path.name), _CURE)
    if path.stat().st_size != size_bytes:
        raise FormatError(
            path,
            "",
            message("it does not have the %(size)s bytes that %(report)s states", size=size_bytes, report=REPORT),
            _CURE,
        )


def _pixels(path: Path) -> tuple[int, int]:
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.size
    except OSError as error:
        raise FormatError(path, "", message("it is not an image"), _CURE) from error
