"""Save a translation of a text of pages or viewer into `interface.po`: onto what is on disk now, or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from carreau.base.atomic_write import write_whole
from carreau.base.diagnostics import QUESTION
from carreau.base.errors import FormatError, OptionError
from carreau.base.i18n.languages import ENGLISH, LANGUAGES
from carreau.base.messages import message
from carreau.catalogue.i18n.fidelity import Fault, faults
from carreau.catalogue.i18n.interface_file import (
    InterfaceText,
    interface_file,
    interface_texts,
    read_interface,
    with_forms,
)
from carreau.desk.history import Editor, History
from carreau.desk.merge import Clash
from carreau.desk.saving import ClashError, Saved
from carreau.desk.saving_texts import UnfaithfulError
from carreau.desk.writing import writing_in

LOST = ("hidden character", "broken placeholder", "markup")
"""Topics of faults that break a page; what else differs a translator may confirm each time."""


@dataclass(frozen=True)
class Wording:
    """A translation that is to be saved.

    read, forms : of each plural form, as the translator saw it and as it is to be
    is_accepted : whether it is reviewed with it, or stays a draft
    """

    language: str
    text: InterfaceText
    read: tuple[str, ...]
    forms: tuple[str, ...]
    confirmed: frozenset[str] = frozenset()
    is_accepted: bool = True


def interface_languages(locales: Path) -> list[str]:
    """Return the languages whose texts of pages lie beside the catalogue, and may be written."""
    paths = {language: interface_file(locales, language) for language in LANGUAGES}
    return [language for language, path in paths.items() if path.is_file() and os.access(path, os.W_OK)]


def wording_faults(text: InterfaceText, forms: Sequence[str], language: str) -> list[Fault]:
    """Return what the forms of a translation do not keep of the English; all but `LOST` are doubts."""
    pairs = [(text.english(number), form) for number, form in enumerate(forms) if form]
    found = [fault for english, form in pairs for fault in faults(english, form, language, source=ENGLISH)]
    return [
        each if each.topic in LOST else replace(each, level=QUESTION, sign=each.sign or each.topic) for each in found
    ]


def save_wording(root: Path, locales: Path, wording: Wording, history: History, editor: Editor) -> Saved:
    """Write a translation, and record it as a commit; raises as `carreau.desk.saving_texts.save_text` does."""
    if not all(wording.forms) or len(wording.forms) != len(wording.text.forms):
        raise OptionError(message("a form of the translation is empty"))
    found = wording_faults(wording.text, wording.forms, wording.language)
    if refused := [each for each in found if each.sign not in wording.confirmed]:
        raise UnfaithfulError(refused)
    path = interface_file(locales, wording.language)
    with writing_in(root):
        content = read_interface(path)
        texts = {(each.context, each.one, each.many): each for each in interface_texts(content, str(path))}
        now = texts.get((wording.text.context, wording.text.one, wording.text.many))
        after = with_forms(content, wording.text, wording.forms, str(path), wording.is_accepted)
        if now is None or after is None:
            raise OptionError(message("the text is not there any more; open the page again"))
        if after == content:
            return Saved(False, False)
        if now.forms not in (wording.read, wording.forms):
            place = (wording.text.one,)
            raise ClashError([Clash(place, place, wording.read, wording.forms, now.forms)], {})
        write_whole(path, after)
        subject = f"{wording.text.one[:60]} ({wording.language})"
        return Saved(True, False, history.record(path, lambda other: _replayed(other, wording), editor, subject))


def _replayed(content: bytes, wording: Wording) -> bytes | None:
    try:
        return with_forms(content, wording.text, wording.forms, "", wording.is_accepted)
    except FormatError:
        return None
