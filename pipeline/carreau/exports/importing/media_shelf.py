"""The media of a source: each file is taken once, under a name that annotations and steps call it by."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import Number, message
from carreau.catalogue.media import ENDINGS, LARGEST_MB
from carreau.exports.importing.record import Outcomes, SourceMedium, SourcePlace, Texts
from carreau.exports.importing.source_files import (
    Found,
    NotTakenError,
    SourceFolder,
    copy_file,
    copy_model,
    shorten_reference,
)
from carreau.exports.importing.texts import PlaceNames, main_title


class MediaShelf:
    """The media taken so far, by name."""

    def __init__(self, folder: SourceFolder, outcomes: Outcomes) -> None:
        """Start without any."""
        self.folder = folder
        self._outcomes = outcomes
        self._media: dict[Path, SourceMedium] = {}

    def all(self) -> tuple[SourceMedium, ...]:
        """Return the media in the order in which they were taken."""
        return tuple(self._media.values())

    def take(
        self, reference: str, *, titles: Texts | None = None, alts: Texts | None = None, credit: str = "",
        licence: str = "", captions: str = "",
    ) -> str:  # fmt: skip
        """Take the file of a reference, and return its name; empty, with an outcome, where it cannot be taken.

        What is known of a medium already stays; what is new is added.
        """
        item = message("medium '%(name)s'", name=shorten_reference(reference))
        try:
            source = self.folder.find(reference)
            kind = _kind(source.path)
        except NotTakenError as error:
            self._outcomes.lose(item, error.reason)
            return ""
        before = self._media.get(source.path) or SourceMedium(
            self._new_name(source.path), kind, source.path, address=source.address
        )
        subtitles = before.captions or (self._captions(captions) if captions else None)
        self._media[source.path] = replace(
            before, titles={**(titles or {}), **before.titles}, alts={**(alts or {}), **before.alts},
            credit=before.credit or credit, licence=before.licence or licence, captions=subtitles,
        )  # fmt: skip
        return before.name

    def _captions(self, reference: str) -> Path | None:
        item = message("captions '%(name)s'", name=shorten_reference(reference))
        try:
            source: Found = self.folder.find(reference)
            if source.path.suffix.lower() != ".vtt":
                raise NotTakenError(message("captions have to be WebVTT"))
        except NotTakenError as error:
            self._outcomes.lose(item, error.reason)
            return None
        return source.path

    def _new_name(self, path: Path) -> str:
        taken = {each.name for each in self._media.values()}
        names = (path.stem if number == 1 else f"{path.stem}-{number}" for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)


def _kind(path: Path) -> str:
    """Return the kind of a medium; raises NotTakenError for a file that the catalogue does not take."""
    kind = next((kind for kind, endings in ENDINGS.items() if path.suffix.lower() in endings), "")
    if not kind:
        known = tuple(ending for endings in ENDINGS.values() for ending in endings)
        raise NotTakenError(
            message("the catalogue takes no '%(suffix)s' files, only %(known)s", suffix=path.suffix, known=known)
        )
    size = _size(path)
    if size > LARGEST_MB[kind] * 10**6:
        raise NotTakenError(
            message("it has %(size)s MB; the limit is %(limit)s MB", size=Number(size / 1e6, ",.1f"),
                    limit=LARGEST_MB[kind])
        )  # fmt: skip
    return kind


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise NotTakenError(cannot_read(error)) from error


@dataclass(frozen=True)
class CopiedFiles:
    """The names of files in the folder of the place, by the ids of states and media.

    captions : by the id of the medium
    """

    models: Mapping[str, str]
    media: Mapping[str, str]
    captions: Mapping[str, str]


def copy_files(place: SourcePlace, names: PlaceNames, folder: Path, outcomes: Outcomes) -> CopiedFiles:
    """Copy the files; one that cannot be read, or is not a glTF, is reported and left out.

    Raises OSError where the folder cannot be written.
    """
    models, media, captions = dict[str, str](), dict[str, str](), dict[str, str]()
    for state, model in zip(names.states, place.models, strict=True):
        if model.file is None:
            continue
        # A .gltf has a folder of its own, for the files that it refers to.
        suffix = model.file.suffix.lower()
        name = f"{state}{suffix}" if suffix == ".glb" else f"{state}/{state}{suffix}"
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        try:
            copy_model(model.file, target, model.placed)
            models[state] = name
        except (FormatError, NotTakenError) as error:
            reason = error.cause if isinstance(error, FormatError) else error.reason
            outcomes.lose(message("model '%(name)s'", name=main_title(model.titles, model.file.name)), reason)
            if target.parent == folder:
                target.unlink(missing_ok=True)
            else:
                shutil.rmtree(target.parent)
    for name, medium in zip(names.media, place.media, strict=True):
        try:
            media[name] = _copy(medium.file, folder, f"{name}{medium.file.suffix.lower()}")
            if medium.captions is not None:
                captions[name] = _copy(medium.captions, folder, f"{name}.vtt")
        except FormatError as error:
            outcomes.lose(message("medium '%(name)s'", name=medium.file.name), error.cause)
    return CopiedFiles(models, media, captions)


def _copy(source: Path, folder: Path, name: str) -> str:
    copy_file(source, folder / name)
    return name
