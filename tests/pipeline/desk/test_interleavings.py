"""Two editors at the desk and a text editor work on one place: no edit is lost, and every file stays valid."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from carreau.catalogue.check_catalogue import check_folder
from carreau.desk.document_file import Arrange, DocumentFile, Edit, value_at
from carreau.desk.history import Editor, History
from carreau.desk.saving import ClashError, save
from carreau.desk.toml_edit import edit_text
from tests.pipeline.desk.places import ANNE, BERT, SITES, Tokens, comments, copied, data_of, random_edits

ROUNDS = 1000


@dataclass
class Person:
    """An editor with a form that was filled some time ago."""

    editor: Editor
    read: dict[str, Any] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)


def words(of: object) -> set[str]:
    return set(re.findall(r"jeton\d+", str(of)))


@pytest.mark.parametrize("part", range(10))
def test_no_edit_is_lost_in_a_thousand_interleavings(part: int, tmp_path: Path) -> None:
    tokens, history = Tokens(), History(tmp_path)
    counts = Counter[str]()
    for number in range(part * ROUNDS // 10, (part + 1) * ROUNDS // 10):
        dice = random.Random(number)
        file = copied(tmp_path, dice.choice(SITES))
        people = [Person(ANNE), Person(BERT)]
        for person in people:
            counts[_open(file, person, dice, tokens)] += 1
        steps: list[Person | None] = [None, None, *people]  # None is the text editor
        for step in dice.sample(steps, 4):
            counts[_edit_as_text(file, dice, tokens) if step is None else _save(file, step, history)] += 1
            if step is not None and dice.random() < 0.3:
                _open(file, step, dice, tokens)
                counts[_save(file, step, history)] += 1
    assert counts["saved"] > 100, counts
    assert counts["clashed"] > 2, counts


def _open(file: DocumentFile, person: Person, dice: random.Random, tokens: Tokens) -> str:
    person.read = data_of(file)
    person.edits = random_edits(person.read, dice, tokens)
    return "opened"


def _edit_as_text(file: DocumentFile, dice: random.Random, tokens: Tokens) -> str:
    """Change a line as a person does who has the file open just now."""
    text = file.path.read_text("utf-8")
    if dice.random() < 0.3:
        lines = text.split("\n")
        headers = [place for place, line in enumerate(lines) if line.startswith("[")]
        lines.insert(dice.choice(headers), f"# {tokens.new()}")
        text = "\n".join(lines)
    else:
        text = edit_text(text, random_edits(data_of(file), dice, tokens), file.of)
    file.require_valid(file.parse(file.read()), text.encode())
    file.path.write_text(text, "utf-8")
    return "edited"


def _save(file: DocumentFile, person: Person, history: History) -> str:
    content, before = file.read(), data_of(file)
    clash = _clash(file, person, history)
    if clash is not None:
        assert file.read() == content
        assert all(each.mine != each.theirs for each in clash.clashes)
        person.edits = []
        return "clashed"
    after = data_of(file)
    file.require_valid(file.parse(content), file.read())
    assert words(before) - words(after) <= words(person.read), "what somebody else wrote is gone"
    assert words(person.edits) <= words(after), "what was saved is not there"
    _compare_comments(comments(content.decode()), comments(file.path.read_text("utf-8")), person)
    person.edits = []
    return "saved"


def _clash(file: DocumentFile, person: Person, history: History) -> ClashError | None:
    try:
        save(file, person.edits, person.read, history, person.editor)
    except ClashError as error:
        return error
    return None


def _compare_comments(before: list[str], after: list[str], person: Person) -> None:
    """Comments stay; those of a row move and go with it."""
    arranged = [each for each in person.edits if isinstance(each, Arrange)]
    if not arranged:
        assert after == before
    elif all(len(value_at(person.read, each.path) or ()) <= len(each.order) for each in arranged):
        assert Counter(after) == Counter(before)
    assert not Counter(after) - Counter(before)


def test_the_catalogue_is_as_right_as_before(tmp_path: Path) -> None:
    """The whole of the real catalogue, after each place was edited."""
    tokens, history, dice = Tokens(), History(tmp_path), random.Random(1)
    for slug in SITES:
        file = copied(tmp_path, slug)
        read = data_of(file)
        save(file, random_edits(read, dice, tokens), read, history, ANNE)
    checked = check_folder(tmp_path)
    assert not [each for each in checked.findings if each.topic in ("unreadable", "unknown key", "missing key")]
