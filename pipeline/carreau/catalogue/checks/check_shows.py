"""Check a show: what would keep it from playing is an error, what the team has to settle is a question."""

from __future__ import annotations

import re
from collections.abc import Mapping

from carreau.base.diagnostics import KeyPath
from carreau.base.document import TomlDocument
from carreau.base.messages import message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.checks.check_audience import check_audience
from carreau.catalogue.checks.check_files import check_media
from carreau.catalogue.checks.check_licences import check_licences
from carreau.catalogue.checks.check_links import check_link
from carreau.catalogue.checks.check_markup import check_markup
from carreau.catalogue.checks.check_sites import ask_team, check_rights, check_sources, check_twice
from carreau.catalogue.media import IMAGE, SOUND, VIDEO
from carreau.catalogue.show import PRESENCE, Scene, Show
from carreau.catalogue.site import Site

_LANG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_KEY = re.compile(r"[!-~]|[A-Z][A-Za-z0-9]{1,31}")
"""A key as browsers name it: one character, or a word such as F13."""
_OURS = frozenset({"Escape", "Enter", "ArrowLeft", "ArrowRight", "Tab", *"123456789"})
"""Keys that do something else during a show."""


def check_shows(catalogue: Catalogue) -> None:
    """Report errors and open questions of all shows."""
    for entry in catalogue.shows.values():
        if entry.document.is_read:
            check_show(entry, catalogue.sites)


def check_show(entry: Entry[Show], sites: Mapping[str, Entry[Site]]) -> None:
    """Report errors and open questions of a show.

    sites : all there are, by slug: their models can be in a scene
    """
    show, document = entry.of, entry.document
    _check_start(document, show)
    for number, scene in enumerate(show.scene):
        _check_scene(document, ("scene", number), scene, show)
        _check_model(document, ("scene", number), scene, sites)
    for number, quiet in enumerate(show.quiet):
        if quiet.begins is not None and quiet.begins == quiet.ends:
            cause, cure = message("the quiet hours end when they begin"), message("write 0 and 24 for the whole day")
            document.error("wrong value", ("quiet", number, "ends"), cause, cure)
    check_media(document, show.media)
    for name in ("scene", "media", "source"):
        check_twice(document, getattr(show, name), name)
    check_rights(document, show.rights)
    check_licences(document, show)
    check_sources(document, show.source)
    ask_team(document, show.questions)
    check_audience(document, show)
    check_markup(document, show)


def _check_start(document: TomlDocument, show: Show) -> None:
    has_sensor = PRESENCE in show.start
    if has_sensor and not show.presence_key:
        cause = message("nothing says which key the sensor presses")
        document.error("missing key", ("presence_key",), cause, message('write presence_key = "F13"'))
    elif show.presence_key and not has_sensor:
        cause, cure = message("there is a key for a sensor that begins nothing"), message("add presence to start")
        document.error("wrong value", ("presence_key",), cause, cure)
    elif show.presence_key and (not _KEY.fullmatch(show.presence_key) or show.presence_key in _OURS):
        cause = message("'%(key)s' cannot be the key of a sensor", key=show.presence_key)
        document.error("wrong value", ("presence_key",), cause, message("write a letter, or F13 to F24"))


def _check_scene(document: TomlDocument, key: KeyPath, scene: Scene, show: Show) -> None:
    media = {each.id: each.kind for each in show.media}
    sounds = {name for name, kind in media.items() if kind == SOUND}
    check_link(document, (*key, "voice"), "media", scene.voice, sounds)
    figures = {name for name, kind in media.items() if kind in (IMAGE, VIDEO)}
    check_link(document, (*key, "figure"), "media", scene.figure, figures)
    for name in scene.sources:
        check_link(document, (*key, "sources"), "source", name, {each.id for each in show.source})
    if not (scene.text or scene.lines or scene.figure or scene.model):
        cause, cure = message("the scene shows nothing"), message("write text or lines, or name a figure")
        document.question("not written", key, cause, cure)
    if scene.lines:
        _check_lines(document, key, scene)
    elif scene.translation or scene.lang:
        cause = message("there is a translation or a language, and no lines")
        document.error("wrong value", (*key, "lines"), cause, message("add lines, or remove it"))


def _check_model(document: TomlDocument, key: KeyPath, scene: Scene, sites: Mapping[str, Entry[Site]]) -> None:
    if not scene.model:
        return
    if scene.figure:
        cause, cure = message("a scene shows a figure or a model"), message("leave out one of them")
        document.error("wrong value", (*key, "model"), cause, cure)
    slug, _, name = scene.model.partition("/")
    if not slug or not name:
        cause = message("'%(name)s' is not SITE/STATE", name=scene.model)
        document.error("wrong value", (*key, "model"), cause, message("write it as in fosse-mathilde/1930"))
        return
    check_link(document, (*key, "model"), "site", slug, set(sites))
    if slug in sites:
        check_link(document, (*key, "model"), "state", name, {each.id for each in sites[slug].of.state})


def _check_lines(document: TomlDocument, key: KeyPath, scene: Scene) -> None:
    if not _LANG.fullmatch(scene.lang):
        cause = message("nothing says which language the lines are in")
        document.error("missing key", (*key, "lang"), cause, message('write lang = "pcd" for Picard, "fr" for French'))
    if scene.translation and len(scene.translation) != len(scene.lines):
        cause = message(
            "there are %(lines)s lines, and %(translated)s are translated",
            lines=len(scene.lines), translated=len(scene.translation),
        )  # fmt: skip
        document.error("wrong value", (*key, "translation"), cause, message("translate each line on its own"))
    if not scene.credit:
        cause, cure = message("nothing says whose the lines are"), message("write credit = with author and book")
        document.error("missing credit", (*key, "credit"), cause, cure)
    if scene.translation and not scene.is_read:
        cause = message("no speaker of the language has read the translation")
        document.question(
            "unverified", (*key, "translation"), cause, message("have it read, then write is_read = true")
        )
