"""Write the page of the problem types of the API, which the `type` of every problem leads to."""

from __future__ import annotations

import json
from typing import NamedTuple

from pipeline.i18n.api_texts import api_translations
from pipeline.pages.addresses import own_page, own_pages
from pipeline.pages.api_page import code
from pipeline.pages.head import Head
from pipeline.pages.rendering import Voice
from pipeline.pages.speech import shortened, spaced
from pipeline.schema.problems import PROBLEMS, TYPE_PREFIX

_EXAMPLE, _SLUG = "site-not-found", "fosse-inconnue"


class Problem(NamedTuple):
    """A problem type in the language of the page."""

    code: str
    status: int
    title: str
    meaning: str
    remedy: str


def problems_page(voice: Voice) -> bytes:
    """Return the page: every problem type in order of status, under its code as fragment."""
    speech, edition = voice.speech(), voice.edition
    title = speech.words("API problem types")
    lead = speech.words("Every error code of the API, what it means and what to do about it.")
    problems = problems_in(voice.language)
    groups = (
        (speech.words("Client errors (4xx)"), [each for each in problems if each.status < 500]),
        (speech.words("Server errors (5xx)"), [each for each in problems if each.status >= 500]),
    )
    content = voice.content(
        "problems.html", speech, title=title, lead=lead, problems=problems, groups=groups, code=code,
        example=example_in(voice.language), index=TYPE_PREFIX,
    )  # fmt: skip
    head = Head(
        title=f"{title} – Carreau",
        description=shortened(lead),
        language=voice.language,
        base_url=edition.base_url,
        address=own_page("problems", voice.language),
        versions=own_pages("problems", edition.languages),
    )
    return voice.page(content, head, speech)


def problems_in(language: str) -> list[Problem]:
    """Return every problem type in a language, by status."""
    translate = api_translations(language).gettext
    problems = [
        Problem(
            name, each.status, *(spaced(translate(text), language) for text in (each.title, each.meaning, each.remedy))
        )
        for name, each in PROBLEMS.items()
    ]
    return sorted(problems, key=lambda each: each.status)


def example_in(language: str) -> str:
    """Return the problem details for a site that does not exist, as the API answers them in a language."""
    translate, problem = api_translations(language).gettext, PROBLEMS[_EXAMPLE]
    fields = {
        "type": TYPE_PREFIX + _EXAMPLE,
        "title": translate(problem.title),
        "status": problem.status,
        "code": _EXAMPLE,
        "detail": translate(problem.detail) % {"slug": _SLUG},
        "instance": f"/v1/sites/{_SLUG}",
    }
    return json.dumps(fields, ensure_ascii=False, indent=2)
