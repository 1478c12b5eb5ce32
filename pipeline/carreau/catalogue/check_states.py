"""Check the states of a site, their annotations and tours."""

from __future__ import annotations

import contextlib
import difflib
from pathlib import Path
from pkgutil import resolve_name

from carreau.base.document import TomlDocument
from carreau.base.errors import FormatError, KeyPath
from carreau.base.messages import join_messages, list_some, message
from carreau.catalogue.check_files import check_sample, found_file, refuse_simulation
from carreau.catalogue.check_texts import check_link
from carreau.catalogue.media import SOUND, SUFFIXES, node_names, viewer_name
from carreau.catalogue.site import MASSING, MODEL, RECONSTRUCTION, SCAN, Annotation, Site, State, sample_name
from carreau.models.builders import sources

PACKED = (".7z", ".bz2", ".gz", ".rar", ".tar", ".tgz", ".xz", ".zip")
_MOST_NODES = 8
"""Number of nodes that a message names."""


def check_states(document: TomlDocument, site: Site) -> None:
    """Report what is missing from states; a question for a draft, an error for a state with a file."""
    for place, state in enumerate(site.state):
        key: KeyPath = ("state", place)
        if sample_name(state.file):
            check_sample(document, (*key, "file"), state.file, state.kind, site.demonstration is True)
        elif state.file:
            path = _found_scan(document, (*key, "file"), state.path)
            if path is not None:
                _check_nodes(document, key, state, path)
                _check_massing(document, key, state, path)
            if path is not None and state.is_survey and not sources.SURVEY.is_one(path):
                cause = message("'%(file)s' is not the folder of a survey", file=state.path)
                cure = message("gather it with `carreau survey`, which writes survey.toml")
                document.error("missing file", (*key, "file"), cause, cure)
            elif path is not None and state.is_historic and not site.is_apart and sources.has_made_photograph(path):
                refuse_simulation(document, (*key, "file"))
        _check_lacking(document, key, state)
        for number, part in enumerate(state.part):
            if not part.title and not (state.is_survey or state.is_massing):  # whose parts have names of their own
                cause = message("the part has no title; visitors read '%(name)s'", name=part.spelt_name)
                cure = message("write title = with its name for visitors")
                document.question("not written", (*key, "part", number, "title"), cause, cure)
            if not part.sources and part.evidence != "hypothetical":
                cause = message("the part has no sources")
                cure = message("name them, or mark the part as hypothetical")
                document.draft(not state.file, "missing source", (*key, "part", number, "sources"), cause, cure)


def _found_scan(document: TomlDocument, key: KeyPath, name: str) -> Path | None:
    """Return the file or folder of a state; None, with a diagnostic, where it is not there, or still packed."""
    path, packed, is_there = document.path.parent / name, "", False
    with contextlib.suppress(OSError, ValueError):  # of which `found_file` tells
        is_there = path.exists()
        if Path(name).suffix.lower() in PACKED:
            packed = name
        elif not is_there:
            packed = next((each for each in _list_archives(path.parent) if each.startswith(f"{path.stem}.")), "")
        elif path.is_dir() and (inside := _list_archives(path)) and _is_all(path, inside):
            packed = f"{name}/{inside[0]}"
    if not packed:
        return found_file(document, key, name)
    cause = (
        message("'%(file)s' is packed", file=packed)
        if is_there or packed == name
        else message("'%(file)s' does not exist, but '%(packed)s' does", file=name, packed=packed)
    )
    cure = message("unpack it, and name the scan that was in it, or its folder")
    document.error("missing file", key, cause, cure)
    return None


def _list_archives(folder: Path) -> list[str]:
    """Return the archives in a folder."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [each.name for each in files if each.suffix.lower() in PACKED]


def _is_all(folder: Path, names: list[str]) -> bool:
    """Return whether a folder contains nothing else, but for hidden files."""
    return all(each.name in names or each.name.startswith(".") for each in folder.iterdir())


def _check_nodes(document: TomlDocument, key: KeyPath, state: State, path: Path) -> None:
    """Report parts of an authored model that name none of its nodes."""
    if state.kind not in (MODEL, RECONSTRUCTION) or not state.part or path.suffix.lower() not in SUFFIXES:
        return
    try:
        names = node_names(path)
    except FormatError as error:
        cause = message("'%(file)s': %(reason)s", file=state.path, reason=error.cause)
        document.error("unusable", (*key, "file"), cause, error.cure)
        return
    _check_names(document, key, state, names)


def _check_massing(document: TomlDocument, key: KeyPath, state: State, path: Path) -> None:
    """Report a file of measured facts that cannot be built, and parts of the state that it has not."""
    if sources.MASSING.is_one(path) != state.is_massing:
        if state.is_massing:
            cause = message("'%(file)s' is not a file of measured facts", file=state.path)
            cure = message("name one that ends in massing.toml; `carreau new massing` writes it")
            document.error("wrong value", (*key, "file"), cause, cure)
        else:
            cause = message("'%(file)s' is a file of measured facts", file=state.path)
            document.error("wrong value", (*key, "kind"), cause, message("write %(word)s", word=MASSING))
        return
    if not state.is_massing:
        return
    try:
        names: tuple[str, ...] = resolve_name(sources.MASSING.node_names)(path)
    except FormatError as error:
        reason = join_messages([error.place, error.cause], ": ") if error.place else error.cause
        # A type that the file names may be at fault.
        file = state.path if Path(error.file).name == path.name else Path(error.file).name
        cause = message("'%(file)s': %(reason)s", file=file, reason=reason)
        document.error("unusable", (*key, "file"), cause, error.cure)
        return
    _check_names(document, key, state, names)


def _check_names(document: TomlDocument, key: KeyPath, state: State, names: tuple[str, ...]) -> None:
    """Report parts of a state that name none of the nodes of its model."""
    known = {viewer_name(name) for name in names}
    for number, part in enumerate(state.part):
        if not part.name or viewer_name(part.name) in known:
            continue
        cause = message("'%(file)s' has no node '%(name)s'", file=state.path, name=part.name)
        cure = message("name the nodes in the program that made the model, and export it again")
        if names:
            near = difflib.get_close_matches(part.name, names, 1, 0.6)
            cure = (
                message("write %(word)s", word=near[0])
                if near
                else message("use one of: %(choices)s", choices=list_some(list(names), _MOST_NODES))
            )
        document.error("wrong value", (*key, "part", number, "name"), cause, cure)


def _check_lacking(document: TomlDocument, key: KeyPath, state: State) -> None:
    if not state.title and not state.is_survey:  # which has a title in each language of its own
        cause, cure = message("not filled in yet"), message("fill it in once it is known")
        document.question("not written", (*key, "title"), cause, cure)
    lacking = (
        ("date", state.date, "missing date", message("the date is missing"),
         message("write the day of the scan, or the period that is shown")),
        ("author", state.author, "missing credit", message("the author is missing"), message("name the author")),
        ("licence", state.licence, "missing licence", message("the licence is missing"),
         message("name the author's licence, such as CC-BY-4.0")),
    )  # fmt: skip
    known = {"date"} if sample_name(state.file) else {"author"} if state.is_survey else set()
    for name, value, topic, cause, cure in lacking:
        if not value and name not in known:  # a simulation has no survey date; a survey from the air has a credit
            document.draft(not state.file, topic, (*key, name), cause, cure)
    if state.kind != SCAN and not state.is_massing and not state.sources:  # measured facts name their sources
        cause = message("the sources are missing")
        cure = message("name the plans, photographs or surveys that it is based on")
        document.draft(not state.file, "missing source", (*key, "sources"), cause, cure)
    if state.geopose is None and not (state.is_survey or state.is_massing):  # which say where they stand
        cause = message("the location of the model is missing")
        cure = message("write [state.geopose] with lon, lat and yaw_deg, so that past and present can be overlaid")
        document.question("not written", (*key, "geopose"), cause, cure)


def check_told(document: TomlDocument, site: Site) -> None:
    """Report annotations and tours with dead links."""
    for place, annotation in enumerate(site.annotation):
        _check_annotation(document, ("annotation", place), annotation, site)
    media = {each.id: each.kind for each in site.media}
    for place, tour in enumerate(site.tour):
        check_link(document, ("tour", place, "state"), "state", tour.state, {each.id for each in site.state})
        for number, step in enumerate(tour.step):
            key: KeyPath = ("tour", place, "step", number)
            annotations = {each.id for each in site.annotation}
            check_link(document, (*key, "annotation"), "annotation", step.annotation, annotations)
            check_link(document, (*key, "sound"), "media", step.sound, set(media))
            if media.get(step.sound, SOUND) != SOUND:
                cause = message("'%(medium)s' is not a sound", medium=step.sound)
                document.error("wrong value", (*key, "sound"), cause, message("name a sound of [[media]]"))
            if step.camera is None and not step.annotation:
                cause = message("the step has neither a camera nor an annotation")
                document.error("missing key", key, cause, message("write a camera, or name the annotation to show"))


def _check_annotation(document: TomlDocument, key: KeyPath, annotation: Annotation, site: Site) -> None:
    check_link(document, (*key, "state"), "state", annotation.state, {each.id for each in site.state})
    for medium in annotation.media:
        check_link(document, (*key, "media"), "media", medium, {each.id for each in site.media})
    if annotation.normal == (0.0, 0.0, 0.0):
        cause, cure = message("the normal is zero"), message("write a vector that points out of the surface")
        document.error("wrong value", (*key, "normal"), cause, cure)
