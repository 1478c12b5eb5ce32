"""Everything the desk says is in `interface.po`, and nothing else is there for it."""

from __future__ import annotations

import re
from pathlib import Path

from carreau.base.translator import catalogue
from carreau.desk.form_layout import GROUPS_OF
from carreau.desk.form_words import HELP, LABELS, TABLES
from carreau.desk.web import rendering
from carreau.desk.web.media_page import WORDS
from carreau.desk.web.publish_page import PUBLISHED

FOLDER = Path(rendering.__file__).parent
SCRIPT = Path(__file__).parents[4] / "server" / "viewer" / "src" / "desk"
CALL = re.compile(r'(?:_|ngettext)\(\s*"((?:[^"\\]|\\.)*)"')


def said() -> set[str]:
    texts = (path.read_text("utf-8") for path in sorted(FOLDER.glob("templates/*.html")))
    words = {*WORDS.values(), *LABELS.values(), *HELP.values(), *PUBLISHED.values()}
    words |= {heading for groups in GROUPS_OF.values() for heading in groups}
    words |= {each for pair in TABLES.values() for each in pair if each}
    return words | {found for text in texts for found in CALL.findall(text)}


def test_the_script_of_the_model_has_its_words_and_no_other() -> None:
    template = (FOLDER / "templates" / "scene.html").read_text("utf-8")
    words = set(re.findall(r'^  "(\w+)": _\(', template, re.MULTILINE))
    script = "".join(path.read_text("utf-8") for path in sorted(SCRIPT.glob("*.ts")))
    asked = set(re.findall(r'\bt\("(\w+)"', script))
    assert sorted(asked - words) == []
    names = set(re.findall(r"\w+", script))
    made = {f"aim_{name}" for name in names} | {f"click_{name}" for name in names}
    made |= {f"scan_{name}" for name in names}
    made |= {f"{name}_{end}" for name in ("first_view", "poster") for end in ("chosen", "usual")}
    assert sorted(words - names - made) == []


def test_the_french_catalogue_has_all_texts_of_the_desk_and_no_other() -> None:
    french = catalogue("fr")
    assert french is not None
    there = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in french
        if message.context == rendering.CONTEXT
    }
    assert sorted(said() - there) == []
    assert sorted(there - said()) == []
