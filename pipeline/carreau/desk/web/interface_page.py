"""The texts of pages and viewer: a list to search, and each text beside its English."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from carreau.base.errors import OptionError
from carreau.base.languages import ENGLISH, OWN_NAMES
from carreau.base.messages import Message, message
from carreau.catalogue.i18n.check_translations import MISSING
from carreau.catalogue.i18n.interface_file import (
    InterfaceText,
    interface_file,
    interface_texts,
    is_unreviewed,
    read_interface,
)
from carreau.catalogue.i18n.translations import REVIEWED, UNREVIEWED
from carreau.desk.saving import ClashError
from carreau.desk.saving_texts import Wording, interface_languages, save_wording, wording_faults
from carreau.desk.text_lists import is_found, near
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import rendered, translator
from carreau.desk.web.requests import DeskNow, FormNow, RequestError, TranslatorNow
from carreau.desk.web.sessions import Session

router = APIRouter(prefix="/wording")

ON_A_PAGE = 100
_MOST_FORMS = 6
OPEN, ALL = "open", "all"
SHOWN = (OPEN, MISSING, UNREVIEWED, ALL)
"""What a list shows; at first what is to be done, missing texts first, which pages show in English."""


@dataclass(frozen=True)
class Choice:
    """Which texts a list shows.

    show : one of `SHOWN`
    find : words in English or in the translation
    """

    show: str = OPEN
    find: str = ""

    @property
    def query(self) -> str:
        """Return it for an address."""
        return urlencode({"show": self.show, "find": self.find})

    def of(self, texts: Sequence[InterfaceText]) -> list[InterfaceText]:
        """Return the texts that it shows."""
        found = [each for each in texts if self._shows(each)]
        return sorted(found, key=lambda each: not each.is_missing) if self.show == OPEN else found

    def _shows(self, text: InterfaceText) -> bool:
        if self.find and not is_found(self.find, text.one, text.many, *text.forms):
            return False
        return self.show in (ALL, _standing(text)) or (self.show == OPEN and _standing(text) != REVIEWED)


def choice_of(show: str = OPEN, find: str = "") -> Choice:
    """Return the choice of an address; what is unknown shows what is to be done."""
    return Choice(show if show in SHOWN else OPEN, find[:200])


ChoiceNow = Annotated[Choice, Depends(choice_of)]


def _standing(text: InterfaceText) -> str:
    return MISSING if text.is_missing else REVIEWED if text.is_reviewed else UNREVIEWED


@router.get("")
def wordings(desk: DeskNow, session: TranslatorNow, choice: ChoiceNow, to: str = "", page: int = 1) -> Response:
    """Show the texts of a language that are to be done, or others."""
    languages = interface_languages(desk.locales)
    language = to if to in languages else next(iter(languages), "")
    texts = _texts(desk, language) if language else []
    chosen, standings = choice.of(texts), Counter(map(_standing, texts))
    counts = {**standings, OPEN: standings[MISSING] + standings[UNREVIEWED], ALL: len(texts)}
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    said, session.said = session.said, ()
    text = rendered(
        "wording_list.html", session.language, session, to=language, choice=choice, chosen=len(chosen), page=page,
        pages=pages, english=ENGLISH, said=said, counts={each: counts.get(each, 0) for each in SHOWN},
        texts=[(each, _standing(each)) for each in chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]],
        targets=[(code, OWN_NAMES[code]) for code in languages],
    )  # fmt: skip
    return HTMLResponse(text)


@router.get("/{to}/{name}")
def wording(to: str, name: str, desk: DeskNow, session: TranslatorNow, choice: ChoiceNow) -> Response:
    """Show a text beside its English."""
    text = _found(desk, to, name)
    said, session.said = session.said, ()
    return _page(desk, session, choice, to, text, text.forms, said)


@router.post("/{to}/{name}")
def save(to: str, name: str, desk: DeskNow, session: TranslatorNow, choice: ChoiceNow, fields: FormNow) -> Response:
    """Save a translation, and go to the next; where that is not possible, show it again with the reason."""
    text = _found(desk, to, name)
    forms = _forms(fields)
    confirmed = frozenset(value for key, value in fields.items() if key.startswith("confirm."))
    made = Wording(to, text, _read(fields), forms, confirmed, fields.get("do") != "draft")
    after = near(choice.of(_texts(desk, to)), text)[1]
    try:
        saved = save_wording(desk.root, desk.locales, made, desk.history, desk.editor)
    except ClashError as error:
        fresh = _found(desk, to, name)
        return _page(desk, session, choice, to, fresh, forms, (error.message,), confirmed, True, fresh.forms)
    except OptionError as error:
        said = message("nothing was saved: %(error)s", error=error.message)
        return _page(desk, session, choice, to, text, forms, (said,), confirmed, True)
    told = message("saved; pages show it when they are published again") if saved.is_changed else None
    session.said = (told or message("nothing was changed"), *((saved.not_recorded,) if saved.not_recorded else ()))
    if after is None:
        session.said = (*session.said, message("that was the last text of the list"))
        return RedirectResponse(f"/wording?to={to}&{choice.query}", HTTPStatus.SEE_OTHER)
    return RedirectResponse(f"/wording/{to}/{after.id}?{choice.query}", HTTPStatus.SEE_OTHER)


@router.post("/{to}/{name}/check")
def check(to: str, name: str, desk: DeskNow, session: TranslatorNow, fields: FormNow) -> Response:
    """Return what a translation that is not saved does not keep."""
    return JSONResponse({"said": _told(session, _found(desk, to, name), _forms(fields), to), "length": 0})


def _texts(desk: Desk, language: str) -> list[InterfaceText]:
    path = interface_file(desk.locales, language)
    return interface_texts(read_interface(path), str(path))


def _found(desk: Desk, language: str, name: str) -> InterfaceText:
    if language not in interface_languages(desk.locales):
        raise RequestError(HTTPStatus.NOT_FOUND)
    found = next((each for each in _texts(desk, language) if each.id == name), None)
    if found is None:
        raise OptionError(message("the text is not there any more; open the page again"))
    return found


def _forms(fields: dict[str, str]) -> tuple[str, ...]:
    names = [f"target.{number}" for number in range(_MOST_FORMS)]
    return tuple(fields[name].replace("\r\n", "\n").strip("\n") for name in names if name in fields)


def _read(fields: dict[str, str]) -> tuple[str, ...]:
    try:
        found = json.loads(fields.get("read", ""))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise OptionError(message("the form is incomplete; open the page again"))
    return tuple(found)


def _told(session: Session, text: InterfaceText, forms: Sequence[str], language: str) -> list[dict[str, Any]]:
    say = translator(session.language).message
    return [
        {"error": not each.sign, "text": say(each.cause), "sign": each.sign}
        for each in wording_faults(text, forms, language)
    ]


def _page(
    desk: Desk, session: Session, choice: Choice, to: str, text: InterfaceText, forms: Sequence[str],
    said: Sequence[Message], confirmed: frozenset[str] = frozenset(), is_error: bool = False,
    theirs: Sequence[str] | None = None,
) -> Response:  # fmt: skip
    texts, glossary = _texts(desk, to), desk.texts.glossary()
    listed = choice.of(texts)
    previous, after = near(listed, text)
    pieces = [glossary.pieces_from(ENGLISH, text.english(number), to) for number in range(len(forms))]
    page = rendered(
        "wording.html", session.language, session, to=to, to_name=OWN_NAMES[to], text=text, said=said, choice=choice,
        is_error=is_error, forms=list(enumerate(forms)), read=json.dumps(text.forms, ensure_ascii=False),
        found=_told(session, text, forms, to), confirmed=confirmed, theirs=theirs, english=ENGLISH, pieces=pieces,
        left=len(listed), previous=previous, next=after,
        has_drafts=is_unreviewed(read_interface(interface_file(desk.locales, to))),
    )  # fmt: skip
    return HTMLResponse(page, HTTPStatus.CONFLICT if theirs is not None else HTTPStatus.OK)
