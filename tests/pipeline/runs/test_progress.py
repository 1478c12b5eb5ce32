"""A person sees what runs, how much is done and how long the rest takes."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from carreau.base.errors import StorageError
from carreau.base.translator import Translator
from carreau.command.output import LANGUAGE, progress_translator
from carreau.runs.live import Live
from carreau.runs.progress import Logged, PlainLines, Progress, Quiet
from carreau.runs.progress_display import counter_for, progress_for
from carreau.runs.store import Record


def record(label: str, cached: bool = False) -> Record:
    return Record("stage", label, 2.5, 120_000_000, cached=cached)


def tell(progress: Progress) -> None:
    progress.plan([("read", 2.0), ("clean", 1.0)])
    progress.begin("read")
    progress.done(record("read"))
    progress.done(record("read", cached=True))
    progress.done(record("clean", cached=True))
    progress.note("the scan has no texture [bold]")


def test_plain_lines_say_each_thing_once_with_the_time_of_day() -> None:
    stream = io.StringIO()
    tell(PlainLines(stream))
    lines = stream.getvalue().splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d  ", line) for line in lines)
    assert [line[10:] for line in lines] == [
        "2 steps to run, about 3.0 s",
        "read …",
        "read: 2.5 s, 120 MB",
        "clean: from the cache",
        "the scan has no texture [bold]",
    ]


def test_plain_lines_hold_no_control_characters() -> None:
    stream = io.StringIO()
    tell(progress_for(stream))
    assert "\x1b" not in stream.getvalue()


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_live_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    progress = progress_for(stream)
    assert isinstance(progress, Live)
    tell(progress)
    progress.begin("simplify phone")
    progress.close()
    text = stream.getvalue()
    assert "simplify phone" in text
    assert "%" in text
    assert "the scan has no texture [bold]" in text


def test_quiet_shows_nothing() -> None:
    stream = Terminal()
    progress = progress_for(stream, quiet=True)
    assert isinstance(progress, Quiet)
    tell(progress)
    progress.close()
    assert stream.getvalue() == ""


def test_the_log_file_has_it_all_and_more(tmp_path: Path) -> None:
    stream = io.StringIO()
    with Logged(PlainLines(stream), tmp_path / "out" / "build.log") as progress:
        tell(progress)
        progress.log("Traceback")
    logged = (tmp_path / "out" / "build.log").read_text(encoding="utf-8")
    assert "read: 2.5 s" in logged
    assert "Traceback" in logged
    assert "Traceback" not in stream.getvalue()


def test_steps_are_announced_once() -> None:
    stream = io.StringIO()
    lines = PlainLines(stream)
    lines.plan([("read", 2.0), ("clean", 1.0)])
    lines.plan([("read", 2.0)])
    assert stream.getvalue().count("to run") == 1


def test_a_discarded_log_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    Logged(Quiet(), tmp_path / "new" / "out" / "build.log").discard()
    assert list(tmp_path.iterdir()) == []
    former = tmp_path / "build.log"
    former.write_text("what made the models beside it")
    log = Logged(Quiet(), former)
    tell(log)
    log.discard()
    assert former.read_text() == "what made the models beside it"
    (tmp_path / "shared").mkdir()
    Logged(Quiet(), tmp_path / "shared" / "build.log").discard()
    assert (tmp_path / "shared").is_dir()


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        Logged(Quiet(), tmp_path / "file" / "build.log")


def test_a_terminal_counts_in_one_line_and_is_clean_at_the_end() -> None:
    stream = Terminal()
    count = counter_for(stream)
    for done in range(1, 6):
        count(done, 5)
    assert "3 of 5" in stream.getvalue()
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_few_documents_and_logs_are_not_counted() -> None:
    stream, terminal = io.StringIO(), Terminal()
    counter_for(stream)(1, 50)
    counter_for(terminal)(1, 3)
    assert stream.getvalue() == terminal.getvalue() == ""


def test_plain_lines_are_written_in_the_language_of_the_run() -> None:
    token = LANGUAGE.set("fr")
    try:
        translate = progress_translator()
    finally:
        LANGUAGE.reset(token)
    stream = io.StringIO()
    tell(PlainLines(stream, translate=translate))
    lines = [re.sub("[\u00a0\u202f]", " ", line[10:]) for line in stream.getvalue().splitlines()]
    assert lines[:4] == [
        "2 étapes à exécuter, environ 3,0 s",
        "lire …",
        "lire : 2,5 s, 120 Mo",
        "nettoyer : depuis le cache",
    ]


def test_a_step_of_a_level_names_both() -> None:
    assert Translator("fr").step("simplify phone") == "simplifier (téléphone)"
    assert Translator("de").step("a step without a translation") == "a step without a translation"
    assert Translator("en").step("simplify phone") == "simplify phone"
