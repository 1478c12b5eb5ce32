"""What the form of new media sends: each file with the texts and rights that it must have."""

from __future__ import annotations

from collections.abc import Mapping

from carreau.base.errors import OptionError
from carreau.base.messages import Message, message
from carreau.catalogue.checks.check_files import is_file_name
from carreau.catalogue.media import DOCUMENT, IMAGE, SOUND, VIDEO
from carreau.catalogue.table_reader import plain_text
from carreau.desk.attached import taken_captions
from carreau.desk.form_values import cleaned
from carreau.desk.incoming import SentFile
from carreau.desk.media_files import NewMedium
from carreau.desk.web.form_files import SentForm
from carreau.desk.web.licence_words import CHOICES
from carreau.site.media.intake import take

MOST_FILES = 20

KEYS = ("title", "alt", "transcript", "credit", "licence")
"""Texts of a medium that the form asks for."""


def new_media(form: SentForm) -> list[NewMedium]:
    """Return the media of a form, each with what it must have; raises FormatError or OptionError."""
    found = []
    for number in range(MOST_FILES):
        sent = form.files.get(f"file.{number}", [])
        if not sent:
            continue
        values = {key: _value(form.fields, f"{key}.{number}") for key in KEYS}
        # Credit and licence may be given once for all that is sent together.
        for key in ("credit", "licence"):
            values[key] = values[key] or _value(form.fields, f"{key}.0")
        captions = form.files.get(f"captions.{number}")
        found.append(_new_medium(sent[0], values, f"keep.{number}" in form.fields, captions))
    if not found:
        raise OptionError(message("choose a file"))
    return found


def _value(fields: Mapping[str, str], name: str) -> str:
    return plain_text(cleaned(fields.get(name, "")))


def _new_medium(
    sent: SentFile, values: Mapping[str, str], keeps_record: bool, captions: list[SentFile] | None
) -> NewMedium:
    _require(sent.name, values["credit"], message("who made it, and whose it is"))
    _require(sent.name, values["licence"], message("the licence"))
    if values["licence"] not in CHOICES:
        raise OptionError(message("'%(text)s' is none of the licences", text=values["licence"][:80]))
    taken = take(sent.path, sent.name, keeps_record)
    if taken.kind == IMAGE:
        _require(sent.name, values["alt"], message("a description for people who cannot see it"))
        if is_file_name(values["alt"], sent.name):
            raise OptionError(message("the alternative text '%(text)s' is the name of a file", text=values["alt"][:80]))
    if taken.kind == DOCUMENT:
        _require(sent.name, values["title"], message("the title"))
    unused = {IMAGE: ("transcript",), DOCUMENT: ("transcript", "alt")}.get(taken.kind, ("alt",))
    kept = {key: value for key, value in values.items() if key not in unused}
    is_heard = taken.kind in (SOUND, VIDEO)
    return NewMedium(taken, kept, taken_captions(captions[0], taken.kind) if captions and is_heard else None)


def _require(file: str, value: str, what: Message) -> None:
    if not value:
        raise OptionError(message("%(file)s: write %(what)s", file=file, what=what))
