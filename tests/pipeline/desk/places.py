"""Copies of real places, and what can be changed in them."""

from __future__ import annotations

import random
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from carreau.base.errors import KeyPath
from carreau.base.toml_places import _TOKEN
from carreau.catalogue.fields import FieldRule
from carreau.catalogue.site import Site
from carreau.desk.document_file import Arrange, DocumentFile, Edit, Put, document_file, value_at
from carreau.desk.history import Editor
from tests.conftest import PROJECT

SITES = sorted(path.parent.name for path in (PROJECT / "assets" / "sites").glob("*/site.toml"))
ANNE, BERT = Editor("Anne", "anne@example.org"), Editor("Bert", "bert@example.org")


def copied(root: Path, slug: str) -> DocumentFile:
    """Copy the text of a real place into a catalogue."""
    folder = root / "sites" / slug
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(PROJECT / "assets" / "sites" / slug / "site.toml", folder)
    return document_file(root, "site", slug)


def data_of(file: DocumentFile) -> dict[str, Any]:
    return tomllib.loads(file.path.read_text("utf-8-sig"))


def comments(text: str) -> list[str]:
    return [piece for piece in _TOKEN.findall(text) if piece.startswith("#")]


def rules(of: type = Site) -> dict[str, FieldRule]:
    return {each.name: each.metadata["rule"] for each in fields(of)}


def leaves(data: Any, of: type = Site, path: KeyPath = ()) -> Iterator[tuple[KeyPath, FieldRule, Any]]:
    """Yield each key of a document that is no table, with its rule and value."""
    known = rules(of)
    for key, value in data.items():
        rule = known[key]
        if rule.kind == "one":
            yield from leaves(value, rule.of, (*path, key))
        elif rule.kind == "many":
            for place, row in enumerate(value):
                yield from leaves(row, rule.of, (*path, key, place))
        else:
            yield (*path, key), rule, value


def arrays(data: Any, of: type = Site, path: KeyPath = ()) -> Iterator[tuple[KeyPath, FieldRule, int]]:
    """Yield each array of tables of a document, also those in tables, with its rule and number of rows."""
    for key, rule in rules(of).items():
        if rule.kind == "many":
            rows = data.get(key, [])
            yield (*path, key), rule, len(rows)
            for place, row in enumerate(rows):
                yield from arrays(row, rule.of, (*path, key, place))


class Tokens:
    """Words that occur once, so that each can be found again, or missed."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"jeton{self.count}"

    def text(self, dice: random.Random) -> str:
        """Return a text with such a word: a few words, a paragraph, or two of them."""
        words = [
            self.new(),
            *dice.choices(["l’été", 'dit "oui"', "C:\\fosse", "n° 3", "à", "houille", "#", "'''"], k=3),
        ]
        if dice.random() < 0.3:
            words += ["charbon"] * 30
        if dice.random() < 0.2:
            words.insert(3, "\n\n")
        return "\n\n".join(" ".join(part.split()) for part in " ".join(words).split("\n\n")).strip()


def row_of(rule: FieldRule, tokens: Tokens) -> dict[str, Any]:
    """Return a valid row for an array of tables."""
    row: dict[str, Any] = {}
    for name, each in rules(rule.of).items():
        if each.kind == "name":
            row[name] = tokens.new()
        elif each.kind == "word":
            row[name] = each.choices[0]
        elif each.kind == "when":
            row[name] = "1900"
        elif each.kind == "triple":
            row[name] = [1.5, 2, -3]
        elif each.kind == "number" and each.need == "must":
            row[name] = 1.5
        elif each.kind == "text" and each.need == "must":
            row[name] = tokens.new()
    return row or {"text": tokens.new()}


def random_edits(data: dict[str, Any], dice: random.Random, tokens: Tokens) -> list[Edit]:
    """Return some edits of a document, each with words of its own."""
    edits: dict[KeyPath, Edit] = {}
    for _ in range(dice.randint(1, 4)):
        path, edit = dice.choice([_text, _text, _text, _list, _absent, _rows])(data, dice, tokens)
        if edit is not None and not any(_meets(path, other) for other in edits):
            edits[path] = edit
    return list(edits.values())


def _meets(one: KeyPath, other: KeyPath) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


Made = tuple[KeyPath, Edit | None]


def _text(data: dict[str, Any], dice: random.Random, tokens: Tokens) -> Made:
    path = dice.choice([path for path, rule, _ in leaves(data) if rule.kind == "text"])
    return path, Put(path, tokens.text(dice))


def _list(data: dict[str, Any], dice: random.Random, tokens: Tokens) -> Made:
    path, _, value = dice.choice([each for each in leaves(data) if each[1].kind == "texts"])
    value = list(value)
    match dice.randint(0, 2):
        case 0:
            value.insert(dice.randint(0, len(value)), tokens.new())
        case 1 if value:
            del value[dice.randrange(len(value))]
        case _ if value:
            value[dice.randrange(len(value))] = tokens.new()
        case _:
            value = [tokens.new(), tokens.text(dice)]
    return path, Put(path, value)


def _absent(data: dict[str, Any], dice: random.Random, tokens: Tokens) -> Made:
    tables: list[tuple[KeyPath, type]] = [
        ((), Site),
        (("visit",), rules()["visit"].of),
        (("extent",), rules()["extent"].of),
    ]
    tables += [((*path, place), rule.of) for path, rule, count in arrays(data) for place in range(count)]
    path, of = dice.choice(tables)
    there = value_at(data, path) or {}
    lacking = [name for name, rule in rules(of).items() if rule.kind == "text" and name not in there]
    if not lacking:
        return path, None
    name = dice.choice(lacking)
    return (*path, name), Put((*path, name), tokens.text(dice))


def _rows(data: dict[str, Any], dice: random.Random, tokens: Tokens) -> Made:
    path, rule, count = dice.choice(list(arrays(data)))
    order: list[Any] = list(range(count))
    match dice.randint(0, 2):
        case 0 if count > 1:
            order.insert(dice.randrange(count), order.pop(dice.randrange(count)))
        case 1 if count > 1:
            del order[dice.randrange(count)]
        case _:
            order.insert(dice.randint(0, count), row_of(rule, tokens))
    return path, Arrange(path, tuple(order))
