"""Render the templates of the desk in the language of a session; they escape every text."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from carreau.base.languages import LANGUAGES, OWN_NAMES
from carreau.base.terms import TERMS, translate_term
from carreau.base.translator import Translator
from carreau.desk.accounts import includes
from carreau.desk.web.sessions import Session

CONTEXT = "desk"
"""Of its texts in `interface.po`."""

_FOLDER = Path(__file__).parent / "templates"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def translator(language: str) -> Translator:
    """Return the translator of a language, which is opened once."""
    return Translator(language)


def rendered(template: str, language: str, session: Session | None = None, **values: Any) -> str:
    """Return a page.

    session : whose forms it has, None before signing in
    """
    wording = translator(language)

    def text(message: str, **places: Any) -> str:
        return wording.within(CONTEXT, message, **places) if places else wording.within(CONTEXT, message)

    def plural(one: str, many: str, count: int) -> str:
        return wording.plural_within(CONTEXT, one, many, count, number=wording.count(count))

    names = {
        "_": text,
        "ngettext": plural,
        "say": wording.message,
        "term": lambda terms, word: translate_term(terms, word, wording) if word in TERMS[terms] else word,
        "size": wording.size,
        "count": wording.count,
        "number": wording.number,
        "language": wording.language,
        "languages": [(code, OWN_NAMES[code]) for code in LANGUAGES],
        "csrf": session.csrf if session else "",
        "is_signed_in": session is not None,
        "may": lambda role: session is not None and includes(session.role, role),
        "json": lambda value: json.dumps(value, ensure_ascii=False),
    }
    return _templates().get_template(template).render(**names, **values)
