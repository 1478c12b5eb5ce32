"""The findings of a catalogue by file, each with the address of the form or text where it is mended."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from carreau.base.diagnostics import Diagnostic
from carreau.base.i18n.languages import OWN_NAMES, TRANSLATED
from carreau.base.messages import Message
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS
from carreau.catalogue.checks.check_catalogue import CheckResult
from carreau.catalogue.i18n.status import MISSING
from carreau.catalogue.i18n.translations import STALE, UNREVIEWED
from carreau.catalogue.show import ENDING as SHOW_ENDING
from carreau.catalogue.trail import SCENE_ENDING
from carreau.desk.web.addresses import address_of
from carreau.desk.web.desk import Desk

_MOST = 300
_STEP = re.compile(r"([a-z_]+)(?: (\d+))?")
_CONTENT = re.compile(r"locales/([a-z]+)/LC_MESSAGES/content\.po")
_LISTS = {"not translated": MISSING, "stale": STALE, "unreviewed": UNREVIEWED}
"""Lists of texts, by the topic of the findings that are mended there."""


def by_file(desk: Desk, result: CheckResult, level: str) -> dict[str, Any]:
    """Return the findings of a level for a page: their number, those that are shown by file, and how many more."""
    found = result.of_level(level)
    files = dict[str, list[dict[str, Any]]]()
    for each in found[:_MOST]:
        files.setdefault(each.file, []).append({"said": each.message(), "address": _address(desk, each)})
    named = [{"file": file, "name": result.names.get(file, ""), "findings": each} for file, each in files.items()]
    return {"count": len(found), "files": named, "more": max(0, len(found) - _MOST)}


def anchor_of(finding: Diagnostic) -> str:
    """Return the id that the form gives to the field or the row of a diagnostic.

    >>> anchor_of(Diagnostic("error", "", "", None, "state 1, part 2, evidence", "", ""))
    'f-state.0.part.1.evidence'
    >>> anchor_of(Diagnostic("error", "", "", None, "stop 2", "", ""))
    'r-stop.1'
    """
    steps, is_row = [], False
    for part in finding.key.split(", "):
        found = _STEP.fullmatch(part)
        if found is None:
            return "main"
        is_row = bool(found[2])
        steps += [found[1], str(int(found[2]) - 1)] if is_row else [found[1]]
    return f"{'r' if is_row else 'f'}-{'.'.join(steps)}"


def _address(desk: Desk, finding: Diagnostic) -> str:
    """Return where a finding is mended, empty where that is a file alone."""
    if finding.topic in _LISTS:
        return _address_of_list(finding)
    if found := _CONTENT.fullmatch(finding.file):
        return _address_of_text(desk, found[1], finding.key) if finding.key else ""
    form = _form_of(finding.file)
    return f"{form}#{anchor_of(finding)}" if form and finding.topic != "unreadable" else ""


def _form_of(file: str) -> str:
    """Return the address of the form of a file, empty for one that has none.

    >>> [_form_of(each) for each in ("routes/une.toml", "trails/une/trail.toml", "communes.geojson")]
    ['/routes/une', '/trails/une', '']
    >>> [_form_of(each) for each in ("trails/une/mots.show.toml", "sites/une/1712.scene.toml")]
    ['/shows/une', '/maps/1712']
    """
    folder, _, rest = file.partition("/")
    slug, _, name = rest.partition("/")
    if folder == "routes" and not name and slug.endswith(".toml"):
        return address_of("route", slug.removesuffix(".toml"))
    kinds = {SITES: "site", TRAILS: "trail"}
    if folder not in kinds:
        return ""
    if name.endswith(SHOW_ENDING):
        return address_of("show", slug)
    if name.endswith(SCENE_ENDING):
        return address_of("scene", name.removesuffix(SCENE_ENDING))
    return address_of(kinds[folder], slug) if name == SHEETS[folder] else ""


def _address_of_list(finding: Diagnostic) -> str:
    """Return the list of translations that have what is found, of a place or of all."""
    folder, _, rest = finding.file.partition("/")
    slug = rest.partition("/")[0].removesuffix(".toml")
    parameters: Mapping[str, Any] = finding.cause.parameters if isinstance(finding.cause, Message) else {}
    language = next((code for code in TRANSLATED if OWN_NAMES[code] == parameters.get("language")), "")
    place = "" if folder == "locales" else slug
    return f"/translate?{urlencode({'to': language, 'show': _LISTS[finding.topic], 'place': place})}"


def _address_of_text(desk: Desk, language: str, context: str) -> str:
    """Return the page of a text of which a translation is, or where several have its context the list of them."""
    found: Sequence[str] = ()
    if language in TRANSLATED and desk.texts.is_ready(language):
        found = [row.id for row in desk.texts.rows(language) if row.source.context == context]
    if len(found) == 1:
        return f"/translate/{language}/{found[0]}"
    return f"/translate?{urlencode({'to': language, 'show': 'all', 'find': context})}"
