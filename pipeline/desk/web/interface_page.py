"""The texts of pages and viewer: a list to search, and each text beside its English."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from pipeline.desk.saving import ClashError
from pipeline.desk.saving_interface import Wording, interface_languages, save_wording, wording_faults
from pipeline.desk.text_search import is_found
from pipeline.desk.web.desk import Desk
from pipeline.desk.web.rendering import rendered, translator
from pipeline.desk.web.requests import DeskNow, FormNow, RequestError, TranslatorNow
from pipeline.desk.web.sessions import Session
from pipeline.errors import OptionError
from pipeline.i18n.interface_file import InterfaceText, interface_file, interface_texts, read_interface
from pipeline.i18n.languages import ENGLISH, OWN_NAMES
from pipeline.messages import Message, message

router = APIRouter(prefix="/wording")

ON_A_PAGE = 100
_MOST_FORMS = 6


@router.get("")
def wordings(desk: DeskNow, session: TranslatorNow, to: str = "", find: str = "", page: int = 1) -> Response:
    """Show the texts that have some words, in English or in the language."""
    languages = interface_languages(desk.locales)
    language = to if to in languages else next(iter(languages), "")
    texts = _texts(desk, language) if language else []
    chosen = [each for each in texts if is_found(find[:200], each.one, each.many, *each.forms)]
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    text = rendered(
        "wording_list.html", session.language, session, to=language, find=find, chosen=len(chosen), page=page,
        pages=pages, texts=chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE], english=ENGLISH,
        targets=[(code, OWN_NAMES[code]) for code in languages],
    )  # fmt: skip
    return HTMLResponse(text)


@router.get("/{to}/{name}")
def wording(to: str, name: str, desk: DeskNow, session: TranslatorNow) -> Response:
    """Show a text beside its English."""
    text = _found(desk, to, name)
    said, session.said = session.said, ()
    return _page(session, to, text, text.forms, said)


@router.post("/{to}/{name}")
def save(to: str, name: str, desk: DeskNow, session: TranslatorNow, fields: FormNow) -> Response:
    """Save a translation; where that is not possible, show it again with the reason."""
    text = _found(desk, to, name)
    forms = _forms(fields)
    confirmed = frozenset(value for key, value in fields.items() if key.startswith("confirm."))
    made = Wording(to, text, _read(fields), forms, confirmed)
    try:
        saved = save_wording(desk.root, desk.locales, made, desk.history, desk.editor)
    except ClashError as error:
        fresh = _found(desk, to, name)
        return _page(session, to, fresh, forms, (error.message,), confirmed, True, fresh.forms)
    except OptionError as error:
        said = message("nothing was saved: %(error)s", error=error.message)
        return _page(session, to, text, forms, (said,), confirmed, True)
    told = message("saved; pages show it when they are published again") if saved.is_changed else None
    session.said = (told or message("nothing was changed"), *((saved.not_recorded,) if saved.not_recorded else ()))
    return RedirectResponse(f"/wording/{to}/{name}", HTTPStatus.SEE_OTHER)


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
    session: Session, to: str, text: InterfaceText, forms: Sequence[str], said: Sequence[Message],
    confirmed: frozenset[str] = frozenset(), is_error: bool = False, theirs: Sequence[str] | None = None,
) -> Response:  # fmt: skip
    page = rendered(
        "wording.html", session.language, session, to=to, to_name=OWN_NAMES[to], text=text, said=said,
        is_error=is_error, forms=list(enumerate(forms)), read=json.dumps(text.forms, ensure_ascii=False),
        found=_told(session, text, forms, to), confirmed=confirmed, theirs=theirs, english=ENGLISH,
    )  # fmt: skip
    return HTMLResponse(page, HTTPStatus.CONFLICT if theirs is not None else HTTPStatus.OK)
