"""A place: its form, checked as one types and saved onto what is on disk now; its texts and translations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple, Protocol

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from carreau.base.document import open_document
from carreau.base.errors import CarreauError, Diagnostic, OptionError, ScanError
from carreau.base.languages import OWN_NAMES, SOURCE, TRANSLATED
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.i18n.check_translations import REVIEWED, UNREVIEWED
from carreau.catalogue.table_reader import plain_text
from carreau.desk.accounts import LARGEST_BYTES as LARGEST_FORM_BYTES
from carreau.desk.accounts import Session, policy
from carreau.desk.document_file import DocumentFile, Edit, RefusedError, pack_data, played_beside, unpack_data
from carreau.desk.entry_checks import check_content, checked_draft
from carreau.desk.form_layout import Said, fields_in, laid_out
from carreau.desk.form_state import FormState, laid_over, sent_state
from carreau.desk.history import Editor, History
from carreau.desk.media_files import ATTACHED, LARGEST_BYTES, attached_file, put_file
from carreau.desk.saving import ClashError, Saved, save
from carreau.desk.saving_texts import Translation, UnfaithfulError, save_texts
from carreau.desk.text_lists import TextRow
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import render_page, translator
from carreau.desk.web.requests import (
    MOST_FIELDS,
    OF_ANY,
    PAGES,
    TEXTS,
    DeskNow,
    EditorNow,
    FileNow,
    FormNow,
    Limits,
    RequestError,
    SentForm,
    TranslatorNow,
    Upload,
    form_address,
)
from carreau.formats.geodata import Commune

router = APIRouter(prefix=OF_ANY)

_WITH_FOLDER = ("site", "trail")
"""Kinds in whose folder a show and maps may lie."""

_UPLOAD = Upload(Limits(LARGEST_BYTES, 2 * LARGEST_FORM_BYTES + LARGEST_BYTES, fields=MOST_FIELDS))
SentFiles = Annotated[SentForm, Depends(_UPLOAD.received)]


class _Saving(Protocol):
    """Saves the edits of a form, as `carreau.desk.saving.save` does."""

    def __call__(
        self, file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor
    ) -> Saved: ...


@router.get("")
def show(desk: DeskNow, session: EditorNow, file: FileNow) -> Response:
    """Show a form, filled from its file."""
    content = file.read()
    document = file.parse(content)
    state = FormState()
    state.fill(document.data, file.of)
    findings = check_content(file, content, desk.around.now())
    messages, session.said = session.said, ()
    return _page(session, file, state, document.data, findings, _Answer(messages))


@router.post("")
def save_form(desk: DeskNow, session: EditorNow, fields: FormNow, file: FileNow) -> Response:
    """Save the form, or do what the pressed button asks; if that is impossible, show the form again with the reason."""
    return _save(desk, session, fields, file, save)


@router.post("/attach/{key}")
def attach_file(key: str, desk: DeskNow, session: EditorNow, form: SentFiles, file: FileNow) -> Response:
    """Save the form with a file that one of its fields names from then on."""
    if key not in ATTACHED.get(file.kind, {}):
        raise RequestError(HTTPStatus.NOT_FOUND)
    sent = next(iter(form.files.get(f"file.{key}", [])), None)

    def attach(
        file: DocumentFile, edits: Sequence[Edit], read: Mapping[str, Any], history: History, editor: Editor
    ) -> Saved:
        return put_file(file, edits, read, history, editor, attached_file(file, key, sent, form.folder))

    return _save(desk, session, form.fields, file, attach)


@router.post("/check")
def check_form(desk: DeskNow, session: EditorNow, fields: FormNow, file: FileNow) -> Response:
    """Return the findings of the check about an unsaved form, by field."""
    read, state = unpack_data(fields.get("read", "")), sent_state(fields)
    form = laid_out(state, _findings(desk, file, state, read), file.of)
    say = translator(session.language).message

    def tell(findings: Sequence[Said]) -> list[dict[str, Any]]:
        return [{"error": each.is_error, "text": f"{say(each.cause)} – {say(each.cure)}"} for each in findings]

    parts = {_anchor(part): tell(part.said) for part in fields_in(form) if part.said}
    return JSONResponse({"fields": parts, "rest": tell(form.said), "filled": _suggest_values(desk, state)})


def _save(desk: Desk, session: Session, fields: Mapping[str, str], file: DocumentFile, saving: _Saving) -> Response:
    read, state = unpack_data(fields.get("read", "")), sent_state(fields)
    state.values |= _suggest_values(desk, state)
    if state.act(fields.get("do", "")):
        return _page(session, file, state, read, _findings(desk, file, state, read))
    try:
        saved = saving(file, state.edits(read, file.of), read, desk.history, desk.editor)
    except ClashError as error:
        return _show_clash(desk, session, file, state, read, error)
    except (RefusedError, OptionError, ScanError) as error:
        messages = (message("nothing was saved: %(error)s", error=error.message),)
        return _page(session, file, state, read, _findings(desk, file, state, read), _Answer(messages, True))
    outcome = [message("saved") if saved.is_changed else message("nothing was changed")]
    if saved.is_merged:
        outcome.append(message("others have changed something else meanwhile; both is there"))
    session.said = (*outcome, *((saved.not_recorded,) if saved.not_recorded else ()))
    following = fields.get("next", "")
    page = f"/{following}" if following and following in PAGES[file.kind] else ""
    return RedirectResponse(f"{form_address(file.kind, file.slug)}{page}", HTTPStatus.SEE_OTHER)


def _suggest_values(desk: Desk, state: FormState) -> dict[str, str]:
    """Return values of fields that are empty, and that others tell."""
    code = missing_code(state.values, desk.around.communes())
    return {"insee": code} if code else {}


def _list_show(file: DocumentFile) -> list[dict[str, str]]:
    """Return the show and the maps in the folder of a site or trail, as links."""
    links = []
    for each in played_beside(file):
        name = open_document(each.path, each.name).data.get("name")
        links.append({"kind": each.kind, "address": form_address(each.kind, each.slug), "name": str(name or each.slug)})
    return links


def _anchor(part: Any) -> str:
    """Return the name of a field, or of a row."""
    return f"{part.name}.{part.key}" if getattr(part, "key", "") else str(part.name)


def _findings(desk: Desk, file: DocumentFile, state: FormState, read: Mapping[str, Any]) -> list[Diagnostic]:
    """Return what the check says; nothing where the edits cannot be made, which saving tells."""
    try:
        return checked_draft(file, state, read, desk.around.now())
    except (RefusedError, OptionError, ScanError):
        return []


def _show_clash(
    desk: Desk, session: Session, file: DocumentFile, state: FormState, read: Mapping[str, Any], error: ClashError
) -> Response:
    """Show the form over what is on disk now, with both values where two people changed the same."""
    now, messages = laid_over(error, state, read, file.of)
    findings = _findings(desk, file, now, error.now)
    return _page(session, file, now, error.now, findings, _Answer(messages, True, HTTPStatus.CONFLICT))


class _Answer(NamedTuple):
    """The messages at the top of a page, and its status."""

    messages: Sequence[Message] = ()
    is_error: bool = False
    status: HTTPStatus = HTTPStatus.OK


_PLAIN = _Answer()


def _page(
    session: Session, file: DocumentFile, state: FormState, read: Mapping[str, Any],
    findings: Sequence[Diagnostic], answer: _Answer = _PLAIN,
) -> Response:  # fmt: skip
    text = render_page(
        "place.html", session.language, session, form=laid_out(state, findings, file.of),
        address=form_address(file.kind, file.slug), pages=PAGES[file.kind], slug=file.slug,
        name=state.values.get("name") or file.slug, said=answer.messages, is_error=answer.is_error, file=file.name,
        read=pack_data(read),
        anchor=_anchor, attached={key: each.accepts for key, each in ATTACHED.get(file.kind, {}).items()},
        played=_list_show(file) if file.kind in _WITH_FOLDER else None,
    )  # fmt: skip
    return HTMLResponse(text, answer.status, {"Content-Security-Policy": policy(frame_src="'self'")})


def missing_code(values: Mapping[str, str], communes: Mapping[str, Commune]) -> str:
    """Return the code that a form lacks: of the one commune with the name in it; empty where none is lacking or known.

    values : texts of a form by name
    communes : by INSEE code
    """
    name = _fold(values.get("commune", ""))
    if not name or values.get("insee", "x").strip():
        return ""
    codes = [each.insee for each in communes.values() if _fold(each.name) == name]
    return codes[0] if len(codes) == 1 else ""


def _fold(name: str) -> str:
    return " ".join(name.replace("’", "'").casefold().split())


texts_router = APIRouter(prefix=f"{OF_ANY}/{TEXTS}")


@texts_router.get("")
def show_texts(desk: DeskNow, session: TranslatorNow, file: FileNow, to: str = "") -> Response:
    """Show all texts of a document with their translations into a language."""
    if to in TRANSLATED:
        session.translating = to
    language = session.translating or (session.language if session.language in TRANSLATED else TRANSLATED[0])
    if not desk.texts.is_ready(language):
        return HTMLResponse(render_page("reading.html", session.language, session))
    messages, session.said = session.said, ()
    return _texts_page(desk, session, file, language, messages)


@texts_router.post("")
def accept_texts(desk: DeskNow, session: TranslatorNow, fields: FormNow, file: FileNow) -> Response:
    """Accept every translation that was changed; those that are refused are shown again, each with the reason."""
    language = fields.get("to", "")
    language = language if language in TRANSLATED else TRANSLATED[0]
    confirmed = frozenset(value for key, value in fields.items() if key.startswith("confirm."))
    sent = [
        Translation(
            language, row.source.context, row.source.text, _sent_text(fields, row, "read"), target, True, confirmed,
            row.source.limit,
        )
        for row in _rows(desk, file, language)
        if (target := _sent_text(fields, row)) and target != _sent_text(fields, row, "read")
    ]  # fmt: skip
    if not sent:
        session.said = (message("nothing was changed"),)
        return _again(file)
    saved = save_texts(desk.root, desk.locales, sent, desk.texts.sources, desk.history, desk.editor, desk.texts)
    count = plural_message("%(count)s text accepted", "%(count)s texts accepted", saved.count)
    messages = (count, *((saved.not_recorded,) if saved.not_recorded else ()))
    if not saved.refused:
        session.said = messages
        return _again(file)
    more = plural_message("%(count)s text was refused", "%(count)s texts were refused", len(saved.refused))
    return _texts_page(desk, session, file, language, (*messages, more), fields, saved.refused)


def _again(file: DocumentFile) -> Response:
    return RedirectResponse(f"{form_address(file.kind, file.slug)}/{TEXTS}", HTTPStatus.SEE_OTHER)


def _rows(desk: Desk, file: DocumentFile, language: str) -> list[TextRow]:
    rows = desk.texts.rows(language)
    return [row for row in rows if (row.place.kind, row.place.slug) == (file.kind, file.slug)]


def _sent_text(fields: Mapping[str, str], row: TextRow, name: str = "target") -> str:
    return fields.get(f"{name}.{row.id}", "").replace("\r\n", "\n").strip()


def _texts_page(
    desk: Desk, session: Session, file: DocumentFile, language: str, messages: tuple[Message, ...],
    fields: Mapping[str, str] | None = None, refused: Mapping[tuple[str, str], CarreauError] | None = None,
) -> Response:  # fmt: skip
    rows = _rows(desk, file, language)
    known = _find_known(desk, language, {row.source.text for row in rows if not row.unit.target})
    shown = [_row(session, row, fields, known, (refused or {}).get(row.unit.key)) for row in rows]
    name = plain_text(str(file.parse(file.read()).data.get("name", ""))) or file.slug
    text = render_page(
        "place_texts.html", session.language, session, address=form_address(file.kind, file.slug),
        pages=PAGES[file.kind], name=name, to=language, to_name=OWN_NAMES[language], rows=shown, said=messages,
        targets=[(code, OWN_NAMES[code]) for code in TRANSLATED], is_error=bool(refused), source=SOURCE, slug=file.slug,
    )  # fmt: skip
    return HTMLResponse(text, HTTPStatus.CONFLICT if refused else HTTPStatus.OK)


def _find_known(desk: Desk, language: str, missing: Container[str]) -> Mapping[str, str]:
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
        "target": elsewhere or (row.unit.target if fields is None else _sent_text(fields, row)),
        "is_from_elsewhere": bool(elsewhere),
        "read": row.unit.target,
        "standing": row.standing,
        "is_machine": row.is_machine,
        "limit": row.source.limit,
        "error": say(error.message) if error is not None and not faults else "",
        "faults": [{"said": f"{say(each.cause)} – {say(each.cure)}", "sign": each.sign} for each in faults],
        "theirs": theirs,
    }
