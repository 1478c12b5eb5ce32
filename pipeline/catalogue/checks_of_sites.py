"""Check what is said of a site: sources, rights, inscription, names that come twice, and what is still open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.site import UNITS, Rights, Site, Source
from pipeline.messages import message

ELEMENT = re.compile(r"(\d{1,3})[A-Z]{0,2}")
CODE = re.compile(r"\d{3,4}-\d{3}[a-z]?")


def check_facts(sheet: TomlDocument, site: Site) -> None:
    """Note facts without a source, in a unit nobody knows, or that nobody knows."""
    for place, fact in enumerate(site.fact):
        key: KeyPath = ("fact", place)
        if not fact.source:
            cause, cure = message("the fact has no source"), message("name the source, or move it to questions")
            sheet.error("missing source", (*key, "source"), cause, cure)
        if fact.unit and fact.unit not in UNITS:
            cause = message("'%(unit)s' is an unknown unit", unit=fact.unit)
            sheet.error("wrong value", (*key, "unit"), cause, message("use one of: %(choices)s", choices=UNITS))
        if fact.disputed:
            cause = message("sources disagree about this fact")
            cure = message("find out which one is right, and note it under source")
            sheet.question("disputed", (*key, "value"), cause, cure)
    for place, architect in enumerate(site.architect):
        if architect.name and not architect.source:
            cause = message("the architect has no source")
            cure = message("name the source, or move it to questions")
            sheet.error("missing source", ("architect", place, "source"), cause, cure)


def check_inscription(sheet: TomlDocument, site: Site) -> None:
    """Note codes that are not as the official lists write them."""
    inscription = site.inscription
    if inscription is None:
        return
    match = ELEMENT.fullmatch(inscription.element)
    if inscription.element and not match:
        cause = message("'%(element)s' is not the id of an element", element=inscription.element)
        sheet.error("wrong value", ("inscription", "element"), cause, message("write it as published, such as 15A"))
    if match and inscription.component_number not in (None, int(match[1])):
        cause = message(
            "element %(element)s does not belong to component %(component)s",
            element=inscription.element, component=str(inscription.component_number),
        )  # fmt: skip
        cure = message("correct one of them from the official list")
        sheet.error("wrong value", ("inscription", "element"), cause, cure)
    if inscription.code and not CODE.fullmatch(inscription.code):
        cause = message("'%(code)s' is not a UNESCO code", code=inscription.code)
        cure = message("copy the published code (1360-0NN); do not make one up")
        sheet.error("wrong value", ("inscription", "code"), cause, cure)


def check_rights(sheet: TomlDocument, rights: Sequence[Rights]) -> None:
    """Note rights that say whose something is and not what one may do with it."""
    for place, right in enumerate(rights):
        if right.credit and not right.licence:
            cause, cure = message("the licence is missing"), message("name the licence under which it may be published")
            sheet.error("missing licence", ("rights", place, "licence"), cause, cure)


def check_sources(sheet: TomlDocument, sources: Sequence[Source]) -> None:
    """Note addresses that no browser opens."""
    for place, source in enumerate(sources):
        if source.url and not re.match(r"https?://[^\s/]+", source.url):
            cause = message("'%(url)s' is not a web address", url=source.url)
            cure = message("write it in full, with https://, or remove it")
            sheet.error("dead link", ("source", place, "url"), cause, cure)


def check_open(sheet: TomlDocument, site: Site) -> None:
    """Note what the team has been asked, and entries that nobody has verified."""
    ask_team(sheet, site.questions)
    if site.confidence in ("medium", "low"):
        cause = message("the entry is not verified by a second source")
        sheet.question("unverified", ("confidence",), cause, message("find a second source, then write high"))


def ask_team(sheet: TomlDocument, questions: Sequence[str]) -> None:
    """Note each question for the team, in its own words."""
    for question in questions:
        cure = message("answer it, then remove it")
        sheet.question("question", ("questions",), " ".join(question.split()), cure)


def check_twice(sheet: TomlDocument, tables: Sequence[Any], name: str, key: str = "id") -> None:
    """Note two tables that have the same name."""
    seen: dict[str, int] = {}
    for place, table in enumerate(tables):
        own = getattr(table, key)
        if own and own in seen:
            cause = message("'%(name)s' is used twice", name=own)
            sheet.error("wrong value", (name, place, key), cause, message("rename one of them"))
        seen.setdefault(own, place)
