"""Check what is said of a site: sources, rights, inscription, names that come twice, and what is still open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.site import UNITS, Rights, Site, Source

ELEMENT = re.compile(r"(\d{1,3})[A-Z]{0,2}")
CODE = re.compile(r"\d{3,4}-\d{3}[a-z]?")


def check_facts(sheet: TomlDocument, site: Site) -> None:
    """Note facts without a source, in a unit nobody knows, or that nobody knows."""
    for place, fact in enumerate(site.fact):
        key: KeyPath = ("fact", place)
        if not fact.source:
            cure = "write where it was read; without that, ask it in questions"
            sheet.error("missing source", (*key, "source"), "the fact has no source", cure)
        if fact.unit and fact.unit not in UNITS:
            cure = f"choose among {', '.join(UNITS)}"
            sheet.error("wrong value", (*key, "unit"), f"'{fact.unit}' is no known unit", cure)
        if fact.disputed:
            cure = "find out which is right, and say so in its source"
            sheet.question("disputed", (*key, "value"), "sources contradict each other about this fact", cure)
    for place, architect in enumerate(site.architect):
        if architect.name and not architect.source:
            cure = "write where it was read; without that, ask it in questions"
            sheet.error("missing source", ("architect", place, "source"), "the fact has no source", cure)


def check_inscription(sheet: TomlDocument, site: Site) -> None:
    """Note codes that are not as the official lists write them."""
    said = site.inscription
    if said is None:
        return
    match = ELEMENT.fullmatch(said.element)
    if said.element and not match:
        cure = "write it as published, such as 15A"
        sheet.error("wrong value", ("inscription", "element"), f"'{said.element}' is no id of an element", cure)
    if match and said.component_number not in (None, int(match[1])):
        cause = f"element {said.element} is not of component {said.component_number}"
        sheet.error("wrong value", ("inscription", "element"), cause, "correct one of them from the official list")
    if said.code and not CODE.fullmatch(said.code):
        cure = "write it as UNESCO does, 1360-0NN; it is never made up"
        sheet.error("wrong value", ("inscription", "code"), f"'{said.code}' is no UNESCO code", cure)


def check_rights(sheet: TomlDocument, rights: Sequence[Rights]) -> None:
    """Note rights that say whose something is and not what one may do with it."""
    for place, right in enumerate(rights):
        if right.credit and not right.licence:
            cure = "write the licence under which it may be shown"
            sheet.error("missing licence", ("rights", place, "licence"), "it has no licence", cure)


def check_sources(sheet: TomlDocument, sources: Sequence[Source]) -> None:
    """Note addresses that no browser opens."""
    for place, source in enumerate(sources):
        if source.url and not re.match(r"https?://[^\s/]+", source.url):
            cure = "write it from https:// on, or leave it out"
            sheet.error("dead link", ("source", place, "url"), f"'{source.url}' is no address of a page", cure)


def check_open(sheet: TomlDocument, site: Site) -> None:
    """Note what the team has been asked, and entries that nobody has verified."""
    ask_team(sheet, site.questions)
    if site.confidence in ("medium", "low"):
        cause = "the entry is unverified: only the official data, or a part, speaks for it"
        sheet.question("unverified", ("confidence",), cause, "find a second source, then write high")


def ask_team(sheet: TomlDocument, questions: Sequence[str]) -> None:
    """Note each question for the team, in its own words."""
    for question in questions:
        sheet.question("question", ("questions",), " ".join(question.split()), "answer it, then take it out")


def check_twice(sheet: TomlDocument, tables: Sequence[Any], name: str, key: str = "id") -> None:
    """Note two tables that have the same name."""
    seen: dict[str, int] = {}
    for place, table in enumerate(tables):
        own = getattr(table, key)
        if own and own in seen:
            sheet.error("wrong value", (name, place, key), f"'{own}' is there twice", "give one of them another name")
        seen.setdefault(own, place)
