"""Check the states of a site and what is told on them."""

from __future__ import annotations

from pipeline.catalogue.checks_of_files import found_file
from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.media import SOUND
from pipeline.catalogue.samples import check_sample, sample_of
from pipeline.catalogue.site import Site
from pipeline.catalogue.state import SCAN, Annotation, State


def check_states(sheet: TomlDocument, site: Site) -> None:
    """Note what states lack; what a draft may, one with a file may not."""
    for place, state in enumerate(site.state):
        key: KeyPath = ("state", place)
        if sample_of(state.file):
            check_sample(sheet, (*key, "file"), state.file, state.kind, site.demonstration is True)
        elif state.file:
            found_file(sheet, (*key, "file"), state.file)
        _check_lacking(sheet, key, state)
        for number, part in enumerate(state.part):
            if not part.sources and part.evidence != "hypothetical":
                cause, cure = "the part has no sources", "write what shows it, or call it hypothetical"
                sheet.draft(not state.file, "missing source", (*key, "part", number, "sources"), cause, cure)


def _check_lacking(sheet: TomlDocument, key: KeyPath, state: State) -> None:
    lacking = (
        ("date", state.date, "missing date", "it has no date", "write the day of the scan, or the time it shows"),
        ("author", state.author, "missing credit", "it has no author", "write who made it"),
        ("licence", state.licence, "missing licence", "it has no licence",
         "write the licence that its author gave, such as CC-BY-4.0"),
    )  # fmt: skip
    for name, value, topic, cause, cure in lacking:
        if not value and not (name == "date" and sample_of(state.file)):  # what is simulated was never surveyed
            sheet.draft(not state.file, topic, (*key, name), cause, cure)
    if state.kind != SCAN and not state.sources:
        cure = "write what it was made from: plans, photographs, surveys"
        sheet.draft(not state.file, "missing source", (*key, "sources"), "it has no sources", cure)
    if state.geopose is None:
        cure = "write [state.geopose] with lon, lat and yaw_deg, so that then and now lie on each other"
        sheet.question("not written", (*key, "geopose"), "nobody said where it stands", cure)


def check_told(sheet: TomlDocument, site: Site) -> None:
    """Note annotations and tours that point to nothing."""
    for place, annotation in enumerate(site.annotation):
        _check_annotation(sheet, ("annotation", place), annotation, site)
    media = {each.id: each.kind for each in site.media}
    for place, tour in enumerate(site.tour):
        check_link(sheet, ("tour", place, "state"), "state", tour.state, {each.id for each in site.state})
        for number, step in enumerate(tour.step):
            key: KeyPath = ("tour", place, "step", number)
            annotations = {each.id for each in site.annotation}
            check_link(sheet, (*key, "annotation"), "annotation", step.annotation, annotations)
            check_link(sheet, (*key, "sound"), "media", step.sound, set(media))
            if media.get(step.sound, SOUND) != SOUND:
                sheet.error("wrong value", (*key, "sound"), f"'{step.sound}' is no sound", "name a sound of [[media]]")
            if step.camera is None and not step.annotation:
                cure = "write a camera, or the annotation to look at"
                sheet.error("missing key", key, "the step looks at nothing", cure)


def _check_annotation(sheet: TomlDocument, key: KeyPath, annotation: Annotation, site: Site) -> None:
    check_link(sheet, (*key, "state"), "state", annotation.state, {each.id for each in site.state})
    for medium in annotation.media:
        check_link(sheet, (*key, "media"), "media", medium, {each.id for each in site.media})
    if annotation.normal == (0.0, 0.0, 0.0):
        sheet.error("wrong value", (*key, "normal"), "the normal points nowhere", "write the way out of the surface")


def check_link(sheet: TomlDocument, key: KeyPath, kind: str, name: str, known: set[str]) -> None:
    """Note a name that nothing has."""
    if name and name not in known:
        cure = (
            f"choose among {', '.join(sorted(known)[:8])}" if 0 < len(known) <= 8 else "correct the name, or write it"
        )
        sheet.error("dead link", key, f"there is no {kind} '{name}'", cure)
