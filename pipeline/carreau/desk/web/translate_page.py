"""The translations: a list of texts to do, the texts of pages and viewer, and each beside its French or English."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from carreau.base.errors import ERROR, OptionError
from carreau.base.languages import ENGLISH, OWN_NAMES, SOURCE, TRANSLATED
from carreau.base.messages import Message, message, plural_message
from carreau.catalogue.i18n.check_translations import MISSING, REVIEWED, STALE, UNREVIEWED
from carreau.catalogue.i18n.fidelity import CONFIRMED, faults
from carreau.catalogue.i18n.po import InterfaceText, interface_file, interface_texts, is_unreviewed, read_interface
from carreau.catalogue.i18n.text_exchange import MOST_TEXTS, ToTranslate, TranslationService
from carreau.desk.accounts import Session
from carreau.desk.saving import ClashError
from carreau.desk.saving_texts import (
    Translation,
    UnfaithfulError,
    Wording,
    interface_languages,
    save_drafts,
    save_text,
    save_wording,
    wording_faults,
)
from carreau.desk.text_lists import TextRow, is_found, near, word_difference
from carreau.desk.web.desk import Desk
from carreau.desk.web.rendering import render_page, translator
from carreau.desk.web.requests import DeskNow, FormNow, RequestError, TranslatorNow

router = APIRouter(prefix="/translate")

ON_A_PAGE = 100
OPEN, MACHINE, DOUBTFUL, ALL = "open", "machine", "doubtful", "all"
SHOWN = (OPEN, STALE, MISSING, UNREVIEWED, MACHINE, DOUBTFUL, ALL)
"""What a list shows; at first what is to be done, stale texts first, which visitors do not see."""

_ORDER = {STALE: 0, MISSING: 1, UNREVIEWED: 2}


@dataclass(frozen=True)
class Choice:
    """Which texts a list shows.

    show : one of `SHOWN`
    place : slug of a site or route, empty for all
    find : words in French, translation or place
    """

    show: str = OPEN
    place: str = ""
    find: str = ""

    @property
    def query(self) -> str:
        """Return it for an address."""
        return urlencode({"show": self.show, "place": self.place, "find": self.find})

    def of(self, rows: Sequence[TextRow]) -> list[TextRow]:
        """Return the texts that it shows."""
        matches = [row for row in rows if self._shows(row)]
        return sorted(matches, key=lambda row: _ORDER.get(row.standing, 3)) if self.show == OPEN else matches

    def _shows(self, row: TextRow) -> bool:
        if self.place and row.place.slug != self.place:
            return False
        if self.find and not is_found(self.find, row.source.text, row.unit.target, row.place.name, row.source.context):
            return False
        if self.show == OPEN:
            return row.standing != REVIEWED
        if self.show == MACHINE:
            return row.is_machine
        if self.show == DOUBTFUL:
            return bool(row.faults)
        return self.show == ALL or row.standing == self.show


def parse_choice(show: str = OPEN, place: str = "", find: str = "") -> Choice:
    """Return the choice of an address; what is unknown shows what is to be done."""
    return Choice(show if show in SHOWN else OPEN, place, find[:200])


ChoiceNow = Annotated[Choice, Depends(parse_choice)]


@router.get("")
def texts(desk: DeskNow, session: TranslatorNow, choice: ChoiceNow, to: str = "", page: int = 1) -> Response:
    """Show the texts of a language that are to be done, or others."""
    if to in TRANSLATED:
        session.translating = to
    language = session.translating or (session.language if session.language in TRANSLATED else TRANSLATED[0])
    if not desk.texts.is_ready(language):
        return HTMLResponse(render_page("reading.html", session.language, session))
    rows = desk.texts.rows(language)
    chosen = choice.of(rows)
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    messages, session.said = session.said, ()
    text = render_page(
        "translate.html", session.language, session, to=language, to_name=OWN_NAMES[language], choice=choice,
        targets=[(code, OWN_NAMES[code]) for code in TRANSLATED], total=len(rows), chosen=len(chosen), page=page,
        pages=pages, rows=[_row(each) for each in chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]], said=messages,
        counts=_counts(rows, choice),
        places=[(each.slug, each.name) for each in desk.texts.places()], has_service=desk.service is not None,
        drafts=min(MOST_TEXTS, sum(row.standing == MISSING for row in chosen)),
    )  # fmt: skip
    return HTMLResponse(text)


def _counts(rows: Sequence[TextRow], choice: Choice) -> Mapping[str, int]:
    """Return how many texts each list has; that of doubts, which takes longest, only where it is shown."""
    within = [row for row in rows if choice.place in ("", row.place.slug)]
    counts: Counter[str] = Counter(row.standing for row in within)
    counts[OPEN], counts[ALL] = len(within) - counts[REVIEWED], len(within)
    counts[MACHINE] = sum(row.is_machine for row in within)
    if choice.show == DOUBTFUL:
        counts[DOUBTFUL] = sum(bool(row.faults) for row in within)
    return {each: counts[each] for each in SHOWN if each in counts or each in (STALE, MISSING, UNREVIEWED)}


def _row(row: TextRow) -> Mapping[str, Any]:
    return {
        "id": row.id,
        "place": row.place.name,
        "key": row.source.context.split(".", 2)[-1],
        "french": row.source.text,
        "target": row.unit.target,
        "standing": row.standing,
        "is_machine": row.is_machine,
    }


@router.post("/{to}/drafts")
def draft(to: str, desk: DeskNow, session: TranslatorNow, choice: ChoiceNow, _: FormNow) -> Response:
    """Have a machine draft the texts of a list that are not translated, the first hundred."""
    language, service = _language(to), _service(desk)
    missing = [row for row in choice.of(desk.texts.rows(language)) if row.standing == MISSING][:MOST_TEXTS]
    count = _machine(desk, service, missing)
    outcome = plural_message("%(count)s text drafted", "%(count)s texts drafted", count)
    left = len(missing) - count
    rest = plural_message(
        "%(count)s draft was missing, or lost something of its text",
        "%(count)s drafts were missing, or lost something of their text", left,
    )  # fmt: skip
    session.said = (outcome, rest) if left else (outcome,)
    return RedirectResponse(f"/translate?{choice.query}", HTTPStatus.SEE_OTHER)


@router.get("/{to}/{name}")
def text(to: str, name: str, desk: DeskNow, session: TranslatorNow, choice: ChoiceNow) -> Response:
    """Show a text beside its French."""
    row = _find(desk, _language(to), name)
    session.translating = to
    messages, session.said = session.said, ()
    return _page(desk, session, choice, row, row.unit.target, _Answer(messages))


@router.post("/{to}/{name}")
def save(to: str, name: str, desk: DeskNow, session: TranslatorNow, choice: ChoiceNow, fields: FormNow) -> Response:
    """Save a translation, and go to the next; where that is not possible, show it again with the reason."""
    row = _find(desk, _language(to), name)
    target = _normal(fields.get("target", ""))
    confirmed = frozenset(value for key, value in fields.items() if key.startswith("confirm."))
    if fields.get("do") == "machine":
        count = _machine(desk, _service(desk), [row])
        session.said = (plural_message("%(count)s text drafted", "%(count)s texts drafted", count),)
        return RedirectResponse(f"/translate/{to}/{name}?{choice.query}", HTTPStatus.SEE_OTHER)
    is_accepted = fields.get("do") != "draft"
    if not target:
        why = message("nothing was saved: the translation is empty")
        return _page(desk, session, choice, row, target, _Answer((why,), confirmed, True))
    after = near(choice.of(desk.texts.rows(to)), row)[1]
    translation = Translation(
        to, row.source.context, row.source.text, fields.get("read", ""), target, is_accepted, confirmed,
        row.source.limit,
    )  # fmt: skip
    try:
        saved = save_text(
            desk.root, desk.locales, translation, desk.texts.sources, desk.history, desk.editor, desk.texts
        )
    except ClashError as error:
        theirs = str(error.clashes[0].theirs)
        fresh = _find(desk, to, name)
        return _page(desk, session, choice, fresh, target, _Answer((error.message,), confirmed, True, theirs))
    except (UnfaithfulError, OptionError) as error:
        why = message("nothing was saved: %(error)s", error=error.message)
        return _page(desk, session, choice, row, target, _Answer((why,), confirmed, True))
    outcome = message("accepted") if is_accepted else message("saved as a draft")
    session.said = (outcome if saved.is_changed else message("nothing was changed"), *_missing(saved.not_recorded))
    if after is None:
        session.said = (*session.said, message("that was the last text of the list"))
        return RedirectResponse(f"/translate?{choice.query}", HTTPStatus.SEE_OTHER)
    return RedirectResponse(f"/translate/{to}/{after.id}?{choice.query}", HTTPStatus.SEE_OTHER)


@router.post("/{to}/{name}/check")
def check(to: str, name: str, desk: DeskNow, session: TranslatorNow, fields: FormNow) -> Response:
    """Return what a translation that is not saved does not keep, and which terms it strays from."""
    row = _find(desk, _language(to), name, is_fresh=False)
    target = _normal(fields.get("target", ""))
    return JSONResponse({"said": _describe(desk, session, row, target), "length": len(target)})


def _missing(not_recorded: Message | None) -> tuple[Message, ...]:
    return (not_recorded,) if not_recorded else ()


def _language(to: str) -> str:
    if to not in TRANSLATED:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return to


def _service(desk: Desk) -> TranslationService:
    if desk.service is None:
        raise RequestError(HTTPStatus.NOT_FOUND)
    return desk.service


def _find(desk: Desk, language: str, name: str, is_fresh: bool = True) -> TextRow:
    row = desk.texts.row(language, name, is_fresh)
    if row is None:
        raise OptionError(message("the French text has changed meanwhile; open the page again"))
    return row


def _normal(text: str) -> str:
    """Return what a browser sends with the line ends of the files."""
    return text.replace("\r\n", "\n").strip()


def _machine(desk: Desk, service: TranslationService, rows: Sequence[TextRow]) -> int:
    """Have a machine draft texts, and save its drafts as such; return how many. Raises ServiceError."""
    if not rows:
        return 0
    glossary, language = desk.texts.glossary(), rows[0].language
    texts = [
        ToTranslate(
            row.id, row.source.text, row.source.context, row.source.limit,
            {each.text: each.wanted for each in glossary.pieces(row.source.text, language) if each.term},
        )
        for row in rows
    ]  # fmt: skip
    by_id = service.drafts(texts, SOURCE, language)
    drafts = [
        Translation(
            language, row.source.context, row.source.text, "", _normal(by_id[row.id]), False, frozenset(),
            row.source.limit,
        )
        for row in rows
        if row.id in by_id
    ]  # fmt: skip
    return save_drafts(desk.root, desk.locales, drafts, desk.texts.sources, desk.history, desk.editor)


def _describe(desk: Desk, session: Session, row: TextRow, target: str) -> list[dict[str, Any]]:
    """Return the remarks about a translation, in words: errors, doubts, and terms of the glossary."""
    say = translator(session.language).message
    remarks: list[dict[str, Any]] = []
    if not target:
        return remarks
    for fault in faults(row.source.text, target, row.language, row.source.limit):
        is_error = fault.level == ERROR
        words = f"{say(fault.cause)} – {say(fault.cure)}" if is_error else say(fault.cause)
        remarks.append({"error": is_error, "text": words, "sign": fault.sign})
    for stray in desk.texts.glossary().strays(row.source.text, target, row.language):
        words = say(message("the glossary has %(words)s for '%(term)s'", words=stray.expected, term=stray.term))
        remarks.append({"error": False, "text": words, "sign": ""})
    return remarks


class _Answer(NamedTuple):
    """The messages at the top of a page, and what became of the text that was sent.

    confirmed : the doubts that its editor does not share
    theirs : the text that somebody else saved meanwhile, or its forms; None where nobody did
    """

    messages: Sequence[Message]
    confirmed: frozenset[str] = frozenset()
    is_error: bool = False
    theirs: Sequence[str] | None = None


def _page(desk: Desk, session: Session, choice: Choice, row: TextRow, target: str, answer: _Answer) -> Response:
    notes, confirmed, is_error, theirs = answer
    listed = choice.of(desk.texts.rows(row.language))
    previous, after = near(listed, row)
    former = row.unit.former if row.unit.is_stale else None
    noted = {note.removeprefix(CONFIRMED) for note in row.unit.notes if note.startswith(CONFIRMED)}
    text = render_page(
        "text.html", session.language, session, to=row.language, to_name=OWN_NAMES[row.language], choice=choice,
        row=_row(row), target=target, read=row.unit.target if theirs is None else theirs, theirs=theirs, said=notes,
        is_error=is_error, found=_describe(desk, session, row, target), confirmed=confirmed | noted,
        pieces=desk.texts.glossary().pieces(row.source.text, row.language), limit=row.source.limit,
        difference=word_difference(former, row.source.text) if former is not None else (),
        comment=row.source.comment, next=after, previous=previous,
        left=len(listed), source=SOURCE, has_service=desk.service is not None,
        notes=[note for note in row.unit.notes if not note.startswith(CONFIRMED)],
    )  # fmt: skip
    status = HTTPStatus.CONFLICT if theirs is not None else HTTPStatus.OK
    return HTMLResponse(text, status)


wording_router = APIRouter(prefix="/wording")
_MOST_FORMS = 6
OPEN_WORDINGS, ALL_WORDINGS = "open", "all"
SHOWN_WORDINGS = (OPEN_WORDINGS, MISSING, UNREVIEWED, ALL_WORDINGS)
"""What a list shows; at first what is to be done, missing texts first, which pages show in English."""


@dataclass(frozen=True)
class WordingChoice:
    """Which texts a list shows.

    show : one of `SHOWN_WORDINGS`
    find : words in English or in the translation
    """

    show: str = OPEN_WORDINGS
    find: str = ""

    @property
    def query(self) -> str:
        """Return it for an address."""
        return urlencode({"show": self.show, "find": self.find})

    def of(self, texts: Sequence[InterfaceText]) -> list[InterfaceText]:
        """Return the texts that it shows."""
        matches = [each for each in texts if self._shows(each)]
        return sorted(matches, key=lambda each: not each.is_missing) if self.show == OPEN_WORDINGS else matches

    def _shows(self, text: InterfaceText) -> bool:
        if self.find and not is_found(self.find, text.one, text.many, *text.forms):
            return False
        return self.show in (ALL_WORDINGS, _standing(text)) or (
            self.show == OPEN_WORDINGS and _standing(text) != REVIEWED
        )


def parse_wording_choice(show: str = OPEN_WORDINGS, find: str = "") -> WordingChoice:
    """Return the choice of an address; what is unknown shows what is to be done."""
    return WordingChoice(show if show in SHOWN_WORDINGS else OPEN_WORDINGS, find[:200])


WordingChoiceNow = Annotated[WordingChoice, Depends(parse_wording_choice)]


def _standing(text: InterfaceText) -> str:
    return MISSING if text.is_missing else REVIEWED if text.is_reviewed else UNREVIEWED


@wording_router.get("")
def wordings(desk: DeskNow, session: TranslatorNow, choice: WordingChoiceNow, to: str = "", page: int = 1) -> Response:
    """Show the texts of a language that are to be done, or others."""
    languages = interface_languages(desk.locales)
    language = to if to in languages else next(iter(languages), "")
    texts = _texts(desk, language) if language else []
    chosen, standings = choice.of(texts), Counter(map(_standing, texts))
    counts = {**standings, OPEN_WORDINGS: standings[MISSING] + standings[UNREVIEWED], ALL_WORDINGS: len(texts)}
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = min(max(page, 1), pages)
    messages, session.said = session.said, ()
    text = render_page(
        "wording_list.html", session.language, session, to=language, choice=choice, chosen=len(chosen), page=page,
        pages=pages, english=ENGLISH, said=messages, counts={each: counts.get(each, 0) for each in SHOWN_WORDINGS},
        texts=[(each, _standing(each)) for each in chosen[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]],
        targets=[(code, OWN_NAMES[code]) for code in languages],
    )  # fmt: skip
    return HTMLResponse(text)


@wording_router.get("/{to}/{name}")
def wording(to: str, name: str, desk: DeskNow, session: TranslatorNow, choice: WordingChoiceNow) -> Response:
    """Show a text beside its English."""
    text = _found_wording(desk, to, name)
    messages, session.said = session.said, ()
    return _wording_page(desk, session, choice, to, text, text.forms, _Answer(messages))


@wording_router.post("/{to}/{name}")
def save_one_wording(
    to: str, name: str, desk: DeskNow, session: TranslatorNow, choice: WordingChoiceNow, fields: FormNow
) -> Response:
    """Save a translation, and go to the next; where that is not possible, show it again with the reason."""
    text = _found_wording(desk, to, name)
    forms = _forms(fields)
    confirmed = frozenset(value for key, value in fields.items() if key.startswith("confirm."))
    new = Wording(to, text, _read(fields), forms, confirmed, fields.get("do") != "draft")
    after = near(choice.of(_texts(desk, to)), text)[1]
    try:
        saved = save_wording(desk.root, desk.locales, new, desk.history, desk.editor)
    except ClashError as error:
        fresh = _found_wording(desk, to, name)
        answer = _Answer((error.message,), confirmed, True, fresh.forms)
        return _wording_page(desk, session, choice, to, fresh, forms, answer)
    except OptionError as error:
        why = message("nothing was saved: %(error)s", error=error.message)
        return _wording_page(desk, session, choice, to, text, forms, _Answer((why,), confirmed, True))
    outcome = message("saved; pages show it when they are published again") if saved.is_changed else None
    session.said = (outcome or message("nothing was changed"), *((saved.not_recorded,) if saved.not_recorded else ()))
    if after is None:
        session.said = (*session.said, message("that was the last text of the list"))
        return RedirectResponse(f"/wording?to={to}&{choice.query}", HTTPStatus.SEE_OTHER)
    return RedirectResponse(f"/wording/{to}/{after.id}?{choice.query}", HTTPStatus.SEE_OTHER)


@wording_router.post("/{to}/{name}/check")
def check_wording(to: str, name: str, desk: DeskNow, session: TranslatorNow, fields: FormNow) -> Response:
    """Return what a translation that is not saved does not keep."""
    return JSONResponse(
        {"said": _told_wording(session, _found_wording(desk, to, name), _forms(fields), to), "length": 0}
    )


def _texts(desk: Desk, language: str) -> list[InterfaceText]:
    path = interface_file(desk.locales, language)
    return interface_texts(read_interface(path), str(path))


def _found_wording(desk: Desk, language: str, name: str) -> InterfaceText:
    if language not in interface_languages(desk.locales):
        raise RequestError(HTTPStatus.NOT_FOUND)
    row = next((each for each in _texts(desk, language) if each.id == name), None)
    if row is None:
        raise OptionError(message("the text is not there any more; open the page again"))
    return row


def _forms(fields: dict[str, str]) -> tuple[str, ...]:
    names = [f"target.{number}" for number in range(_MOST_FORMS)]
    return tuple(fields[name].replace("\r\n", "\n").strip("\n") for name in names if name in fields)


def _read(fields: dict[str, str]) -> tuple[str, ...]:
    try:
        values = json.loads(fields.get("read", ""))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise OptionError(message("the form is incomplete; open the page again"))
    return tuple(values)


def _told_wording(session: Session, text: InterfaceText, forms: Sequence[str], language: str) -> list[dict[str, Any]]:
    say = translator(session.language).message
    return [
        {"error": not each.sign, "text": say(each.cause), "sign": each.sign}
        for each in wording_faults(text, forms, language)
    ]


def _wording_page(
    desk: Desk, session: Session, choice: WordingChoice, to: str, text: InterfaceText, forms: Sequence[str],
    answer: _Answer,
) -> Response:  # fmt: skip
    notes, confirmed, is_error, theirs = answer
    texts, glossary = _texts(desk, to), desk.texts.glossary()
    listed = choice.of(texts)
    previous, after = near(listed, text)
    pieces = [glossary.pieces_from(ENGLISH, text.english(number), to) for number in range(len(forms))]
    page = render_page(
        "wording.html", session.language, session, to=to, to_name=OWN_NAMES[to], text=text, said=notes, choice=choice,
        is_error=is_error, forms=list(enumerate(forms)), read=json.dumps(text.forms, ensure_ascii=False),
        found=_told_wording(session, text, forms, to), confirmed=confirmed, theirs=theirs, english=ENGLISH,
        pieces=pieces, left=len(listed), previous=previous, next=after,
        has_drafts=is_unreviewed(read_interface(interface_file(desk.locales, to))),
    )  # fmt: skip
    return HTMLResponse(page, HTTPStatus.CONFLICT if theirs is not None else HTTPStatus.OK)
