"""All texts of a place, route, trail, show or map beside their translations into one language, accepted together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from carreau.base.errors import CarreauError
from carreau.base.languages import OWN_NAMES, SOURCE, TRANSLATED
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.i18n.translations import REVIEWED, UNREVIEWED
from carreau.catalogue.table_reader import plain_text
from carreau.desk.document_file import DocumentFile
from carreau.desk.saving import ClashError
from carreau.desk.saving_texts import Translation, UnfaithfulError, save_texts
from carreau.desk.text_lists import TextRow
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import rendered, translator
from carreau.desk.web.requests import OF_ANY, PAGES, TEXTS, DeskNow, FileNow, FormNow, TranslatorNow, form_address
from carreau.desk.web.sessions import Session

router = APIRouter(prefix=f"{OF_ANY}/{TEXTS}")


@router.get("")
def texts(desk: DeskNow, session: TranslatorNow, file: FileNow, to: str = "") -> Response:
    """Show all texts of a document with their translations into a language."""
    if to in TRANSLATED:
        session.translating = to
    language = session.translating or (session.language if session.language in TRANSLATED else TRANSLATED[0])
    if not desk.texts.is_ready(language):
        return HTMLResponse(rendered("reading.html", session.language, session))
    said, session.said = session.said, ()
    return _page(desk, session, file, language, said)


@router.post("")
def accept(desk: DeskNow, session: TranslatorNow, fields: FormNow, file: FileNow) -> Response:
    """Accept every translation that was changed; those that are refused are shown again, each with the reason."""
    language = fields.get("to", "")
    language = language if language in TRANSLATED else TRANSLATED[0]
    confirmed = frozenset(value for key, value in fields.items() if key.startswith("confirm."))
    sent = [
        Translation(
            language, row.source.context, row.source.text, _sent(fields, row, "read"), target, True, confirmed,
            row.source.limit,
        )
        for row in _rows(desk, file, language)
        if (target := _sent(fields, row)) and target != _sent(fields, row, "read")
    ]  # fmt: skip
    if not sent:
        session.said = (message("nothing was changed"),)
        return _again(file)
    saved = save_texts(desk.root, desk.locales, sent, desk.texts.sources, desk.history, desk.editor, desk.texts)
    told = plural_message("%(count)s text accepted", "%(count)s texts accepted", saved.count)
    said = (told, *((saved.not_recorded,) if saved.not_recorded else ()))
    if not saved.refused:
        session.said = said
        return _again(file)
    more = plural_message("%(count)s text was refused", "%(count)s texts were refused", len(saved.refused))
    return _page(desk, session, file, language, (*said, more), fields, saved.refused)


def _again(file: DocumentFile) -> Response:
    return RedirectResponse(f"{form_address(file.kind, file.slug)}/{TEXTS}", HTTPStatus.SEE_OTHER)


def _rows(desk: Desk, file: DocumentFile, language: str) -> list[TextRow]:
    rows = desk.texts.rows(language)
    return [row for row in rows if (row.place.kind, row.place.slug) == (file.kind, file.slug)]


def _sent(fields: Mapping[str, str], row: TextRow, name: str = "target") -> str:
    return fields.get(f"{name}.{row.id}", "").replace("\r\n", "\n").strip()


def _page(
    desk: Desk, session: Session, file: DocumentFile, language: str, said: tuple[Message, ...],
    fields: Mapping[str, str] | None = None, refused: Mapping[tuple[str, str], CarreauError] | None = None,
) -> Response:  # fmt: skip
    rows = _rows(desk, file, language)
    known = _known(desk, language, {row.source.text for row in rows if not row.unit.target})
    shown = [_row(session, row, fields, known, (refused or {}).get(row.unit.key)) for row in rows]
    name = plain_text(str(file.parsed(file.read()).data.get("name", ""))) or file.slug
    text = rendered(
        "place_texts.html", session.language, session, address=form_address(file.kind, file.slug),
        pages=PAGES[file.kind], name=name, to=language, to_name=OWN_NAMES[language], rows=shown, said=said,
        targets=[(code, OWN_NAMES[code]) for code in TRANSLATED], is_error=bool(refused), source=SOURCE, slug=file.slug,
    )  # fmt: skip
    return HTMLResponse(text, HTTPStatus.CONFLICT if refused else HTTPStatus.OK)


def _known(desk: Desk, language: str, missing: Container[str]) -> Mapping[str, str]:
    """Return translations of the same French elsewhere: of each the most frequent, and rather one that was reviewed."""
    counts: Counter[tuple[bool, str, str]] = Counter(
        (row.standing == REVIEWED, row.source.text, row.unit.target)
        for row in desk.texts.rows(language)
        if row.source.text in missing and row.standing in (REVIEWED, UNREVIEWED)
    )
    best = sorted(counts.items(), key=lambda each: (each[0][0], each[1]))
    return {text: target for (_, text, target), _ in best}


def _row(
    session: Session, row: TextRow, fields: Mapping[str, str] | None, known: Mapping[str, str],
    error: CarreauError | None,
) -> Mapping[str, Any]:  # fmt: skip
    say = translator(session.language).message
    faults = error.found if isinstance(error, UnfaithfulError) else ()
    elsewhere = known.get(row.source.text, "") if fields is None and not row.unit.target else ""
    theirs = str(error.clashes[0].theirs) if isinstance(error, ClashError) else None
    return {
        "id": row.id,
        "key": row.source.context.split(".", 2)[-1],
        "french": row.source.text,
        "target": elsewhere or (row.unit.target if fields is None else _sent(fields, row)),
        "is_from_elsewhere": bool(elsewhere),
        "read": row.unit.target,
        "standing": row.standing,
        "is_machine": row.is_machine,
        "limit": row.source.limit,
        "error": say(error.message) if error is not None and not faults else "",
        "faults": [{"said": f"{say(each.cause)} – {say(each.cure)}", "sign": each.sign} for each in faults],
        "theirs": theirs,
    }
