"""Prepare the media of an entry for the web: images, sounds, videos, captions and documents."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from carreau.base.errors import FREE_SPACE, FormatError, OptionError
from carreau.base.files import write_whole
from carreau.base.messages import message
from carreau.base.package_folders import GENERATOR
from carreau.base.terms import licence_url
from carreau.base.tools import require_sounds
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.media import (
    DOCUMENT,
    IMAGE,
    SOUND,
    TEXTS,
    VIDEO,
    MediaInfo,
    Medium,
    captions_beside,
    probe_document,
)
from carreau.catalogue.site import sample_name
from carreau.catalogue.table_reader import plain_text
from carreau.catalogue.video import Cue, probe_video, read_captions
from carreau.runs.cache import Cache, Task
from carreau.runs.progress import Progress
from carreau.runs.scheduler import run_tasks, watching
from carreau.runs.store import storage_error
from carreau.site.renditions import Attribution, EncodedFile, Rendition, RenditionFile, describe_variant

_ENCODED = (IMAGE, SOUND)
_LOOKS = {VIDEO: probe_video, DOCUMENT: probe_document}
_CODECS = {
    "avc1": "avc1", "avc3": "avc3", "mp4a": "mp4a.40.2", "Opus": "opus", "V_VP8": "vp8", "V_VP9": "vp9",
    "V_AV1": "av01", "A_OPUS": "opus", "A_VORBIS": "vorbis",
}  # fmt: skip
"""Names of codecs in containers, and their names in the `codecs` parameter of a media type (RFC 6381)."""


def make_media(
    entry: Entry[Any], out: Path, cache: Cache, progress: Progress, jobs: int = 1, is_preview: bool = False
) -> tuple[Rendition, ...]:
    """Return the renditions of the media of an entry that have files, in order, and write their forms.

    out : folder for `<sha256>.<suffix>` of each form; existing files stay
    jobs : number of media prepared in parallel
    is_preview : whether pictures and sounds that were never encoded have one form, which is there at once
    Raises FormatError with the name of an invalid file, OptionError where credit or licence is missing, PartError where
    a sound cannot be converted, StorageError where the folder cannot be written.
    """
    media = [medium for medium in entry.of.media if medium.file]
    for medium in media:
        _check(entry, medium)
    steps = {medium.id: _step(entry, medium, cache, is_preview) for medium in media if medium.kind in _ENCODED}
    with watching(cache, progress):
        run_tasks(steps.values(), progress, jobs)
        return tuple(_rendition(entry, medium, out, cache, steps.get(medium.id)) for medium in media)


def _check(entry: Entry[Any], medium: Medium) -> None:
    if not medium.credit or not medium.licence:
        raise OptionError(
            message(
                "%(file)s: medium '%(medium)s' has no credit or no licence; `carreau check` shows where to write them",
                file=entry.document.name,
                medium=medium.id,
            )
        )
    path = entry.folder / medium.file
    if not sample_name(medium.file) and not path.is_file():
        raise FormatError(path, "", message("the file does not exist"), message("put it there, or correct its name"))


def _step(entry: Entry[Any], medium: Medium, cache: Cache, is_preview: bool) -> Task[Any]:
    files, label = cache.files(_source(entry, medium, cache)), f"{entry.slug} {medium.file}"
    if medium.kind == IMAGE:
        from carreau.site.renditions import encode_picture, encode_quickly

        # A picture is encoded without its credit, so that a new caption does not take as long as a new picture.
        step = cache.step(encode_picture, files, label=label)
        return cache.step(encode_quickly, files, label=label) if is_preview and not step.is_cached() else step
    require_sounds()
    from carreau.site.sounds import make_sound, sound_as_it_is

    sound = cache.step(make_sound, files, _credit(medium), label=label)
    is_waiting = is_preview and not sound.is_cached()
    return cache.step(sound_as_it_is, files, _credit(medium), label=label) if is_waiting else sound


def _credit(medium: Medium) -> Attribution:
    return Attribution(medium.credit, medium.licence, licence_url(medium.licence), medium.title, medium.alt)


def _source(entry: Entry[Any], medium: Medium, cache: Cache) -> Path:
    """Return the file of a medium; a sample is generated first."""
    sample = sample_name(medium.file)
    return simulate(sample, cache.root / "samples") if sample else entry.folder / medium.file


def _rendition(entry: Entry[Any], medium: Medium, out: Path, cache: Cache, step: Task[Any] | None) -> Rendition:
    rendition = Rendition(medium.id, medium.kind, (), transcript=read_transcript(entry, medium))
    if medium.captions:
        form, cues = _captions(entry.folder / medium.captions, out)
        beside = captions_beside(entry.folder, medium.captions)
        translated = {language: _captions(entry.folder / name, out)[0] for language, name in beside.items()}
        rendition = replace(rendition, captions=form, cues=cues, translated_captions=translated)
    if step is None:
        path = entry.folder / medium.file
        look = _LOOKS[medium.kind](path)
        variant = _copy_file(path, look, out, cache)
        return replace(rendition, variants=(variant,), width=look.width, height=look.height, duration_s=look.duration_s)
    value = step.value()
    if medium.kind == SOUND:
        return replace(rendition, variants=_write_forms(value.forms, out), duration_s=value.duration_s)
    from carreau.site.renditions import credit_image

    rendition = replace(rendition, variants=_write_forms(credit_image(value, _credit(medium)).forms, out))
    return replace(rendition, width=value.width, height=value.height, placeholder=value.placeholder)


def _captions(path: Path, out: Path) -> tuple[RenditionFile, tuple[Cue, ...]]:
    """Return captions and what is in them; raises FormatError."""
    cues = read_captions(path)
    [form] = _write_forms([EncodedFile("text/vtt", path.read_bytes())], out)
    return form, cues


def read_transcript(entry: Entry[Any], medium: Medium) -> str:
    """Return the transcript of a medium, from the catalogue or the file that it names; raises FormatError."""
    name = medium.transcript
    if not name.endswith(TEXTS) or "\n" in name:
        return name
    path = entry.folder / name
    try:
        return plain_text(path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(
            path, "", message("it cannot be read, or is not UTF-8"), message("save it as UTF-8")
        ) from error


def _write_forms(forms: Iterable[EncodedFile], out: Path) -> tuple[RenditionFile, ...]:
    variants = []
    for form in forms:
        variants.append(describe_variant(form))
        if not _is_there(out, variants[-1]):
            write_whole(out / variants[-1].name, form.content)
    return tuple(variants)


def _copy_file(path: Path, look: MediaInfo, out: Path, cache: Cache) -> RenditionFile:
    """Return the file itself as a form; it is copied without the cache, which a video would fill."""
    codec = ", ".join(dict.fromkeys(_CODECS[each] for each in look.codecs))
    size = look.width or None, look.height or None
    variant = RenditionFile(look.media_type, cache.sha256(path), path.stat().st_size, *size, codec)
    if not _is_there(out, variant):
        _copy(path, out / variant.name)
    return variant


def _is_there(out: Path, variant: RenditionFile) -> bool:
    path = out / variant.name
    return path.is_file() and path.stat().st_size == variant.size_bytes


def _copy(source: Path, target: Path) -> None:
    partial = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(source, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(target.parent, error, FREE_SPACE) from error


_PACKAGE = "assets.demonstration"


def simulate(name: str, folder: Path, progress: Callable[[str, float], None] = lambda _message, _share: None) -> Path:
    """Return the simulated file of a name, generated in `folder / name` unless it is already there.

    progress : called with the current step and the share done, 0..1
    Raises OptionError for an unknown name, and where the project's sources are not there.
    """
    if not (GENERATOR / "__init__.py").is_file():
        raise OptionError(
            message(
                "sample:%(name)s: only a source checkout of Carreau can generate it; run this command there", name=name
            )
        )
    _load_package()
    return Path(importlib.import_module(f"{_PACKAGE}.named").make_named(name, folder, progress))


def _load_package() -> None:
    """Load the generator from its folder, whatever else the import path calls `assets`."""
    if _PACKAGE in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, GENERATOR / "__init__.py", submodule_search_locations=[str(GENERATOR)]
    )
    if spec is None or spec.loader is None:
        raise OptionError(message("%(path)s cannot be imported; check out the sources again", path=str(GENERATOR)))
    package = importlib.util.module_from_spec(spec)
    # `from assets.demonstration import x` looks the topmost package up, too, which need not be on the import path.
    sys.modules.setdefault(_PACKAGE.partition(".")[0], ModuleType("assets"))
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)
