"""A program of the team's choice drafts translations, within limits; whatever it does, nothing else is hurt."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from carreau.base.errors import OptionError, ServiceError
from carreau.catalogue.i18n.text_exchange import (
    LARGEST_ANSWER_BYTES,
    ToTranslate,
    TranslationService,
    translation_service,
)

TEXT = ToTranslate("t1", "La fosse.", "site.une.summary", 240, {"fosse": "put"})
MARK = """import json, sys
asked = json.load(sys.stdin)
assert (asked["source"], asked["target"]) == ("fr", "nl")
json.dump({"texts": [{"id": each["id"], "text": each["text"] + " (nl)"} for each in asked["texts"]]}, sys.stdout)
"""


def service(script: str, longest_s: float = 30) -> TranslationService:
    return TranslationService((sys.executable, "-c", script), longest_s)


def test_it_gets_texts_with_limits_and_terms_and_gives_translations(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    script = f"import sys; open({str(heard)!r}, 'wb').write(sys.stdin.buffer.read()); print('{{\"texts\": []}}')"
    assert service(script).drafts([TEXT], "fr", "nl") == {}
    assert json.loads(heard.read_bytes()) == {"source": "fr", "target": "nl", "texts": [vars(TEXT)]}
    assert service(MARK).drafts([TEXT], "fr", "nl") == {"t1": "La fosse. (nl)"}


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit('no key')", "no key"),
        ("import sys; sys.exit(3)", "status 3"),
        ("print('hello')", "not the JSON"),
        ("print('[]')", "not the JSON"),
        ('print(\'{"texts": [{"id": "t1", "text": 1}]}\')', "not the JSON"),
        (f"print('x' * {LARGEST_ANSWER_BYTES + 1})", "more than 4 MB"),
    ],
)
def test_what_it_does_wrong_is_told(script: str, said: str) -> None:
    with pytest.raises(ServiceError, match=said):
        service(script).drafts([TEXT], "fr", "nl")


def test_what_was_not_asked_for_is_left_out() -> None:
    script = 'print(\'{"texts": [{"id": "other", "text": "x"}, {"id": "t1", "text": " "}]}\')'
    assert service(script).drafts([TEXT], "fr", "nl") == {}


def test_it_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    late = tmp_path / "late"
    child = f"import time; time.sleep(0.7); open({str(late)!r}, 'w')"
    script = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    began = time.monotonic()
    with pytest.raises(ServiceError, match=r"longer than 0\.3 s"):
        service(script, 0.3).drafts([TEXT], "fr", "nl")
    time.sleep(max(0.0, began + 1.3 - time.monotonic()))
    assert not late.exists()


def test_no_shell_reads_the_command() -> None:
    assert translation_service("translate --to 'a b' $HOME;ls").command == ("translate", "--to", "a b", "$HOME;ls")
    for command in ("", " ", "translate 'a"):
        with pytest.raises(OptionError, match="write a program"):
            translation_service(command)
    with pytest.raises(ServiceError, match="translate: No such file"):
        TranslationService(("/nowhere/translate",)).drafts([TEXT], "fr", "nl")
