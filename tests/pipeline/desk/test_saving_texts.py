"""A translation is saved onto what is in its file now, or refused with the reason."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from carreau.base.errors import FormatError, OptionError
from carreau.base.languages import content_file
from carreau.catalogue.i18n.po import Unit, read_book
from carreau.catalogue.i18n.source_texts import SourceText, texts_in
from carreau.catalogue.i18n.text_exchange import machine_note
from carreau.desk.history import History
from carreau.desk.saving import ClashError
from carreau.desk.saving_texts import Translation, UnfaithfulError, save_drafts, save_text
from tests.pipeline.catalogue.catalogues import SITE
from tests.pipeline.catalogue.i18n.translated import (
    MISSING,
    REVIEWED,
    STALE,
    UNREVIEWED,
    catalogue_at,
    change,
    translated,
)
from tests.pipeline.desk.places import ANNE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return translated(tmp_path)[0].root


def never() -> Iterator[SourceText]:
    raise AssertionError("the catalogue need not be read")


def save(root: Path, read: tuple[str, str, str], target: str, is_accepted: bool = True) -> bool:
    translation = Translation("nl", *read, target, is_accepted)
    return save_text(root, root.parent / "locales", translation, never, History(root), ANNE).is_changed


def unit(root: Path, context: str) -> Unit:
    book = read_book(content_file(root.parent / "locales", "nl"))
    return next(each for each in book.units if each.context == context)


@pytest.mark.parametrize("read", [REVIEWED, UNREVIEWED, STALE, MISSING])
@pytest.mark.parametrize("is_accepted", [True, False])
def test_a_translation_is_saved_and_others_stay(root: Path, read: tuple[str, str, str], is_accepted: bool) -> None:
    path = content_file(root.parent / "locales", "nl")
    before = read_book(path)
    assert save(root, read, "Neu", is_accepted)
    now = unit(root, read[0])
    assert (now.target, now.is_fuzzy, now.former) == ("Neu", not is_accepted, None)
    others = [each for each in read_book(path).units if each.context != read[0]]
    assert [(each.key, each.target, each.flags, each.former, each.notes) for each in others] == [
        (each.key, each.target, each.flags, each.former, each.notes) for each in before.units if each.context != read[0]
    ]
    assert not save(root, (*read[:2], "Neu"), "Neu", is_accepted)


def test_what_somebody_else_translated_is_not_overwritten(root: Path) -> None:
    assert save(root, MISSING, "Alles.")
    content = content_file(root.parent / "locales", "nl").read_bytes()
    with pytest.raises(ClashError) as error:
        save(root, MISSING, "Alles wat er is.")
    assert [(each.mine, each.theirs) for each in error.value.clashes] == [("Alles wat er is.", "Alles.")]
    assert content_file(root.parent / "locales", "nl").read_bytes() == content


def test_a_lost_placeholder_is_refused(root: Path) -> None:
    with pytest.raises(OptionError, match=r"'\{nombre\}' is not in both"):
        save(root, MISSING, "Alles {nombre}.")


@pytest.mark.parametrize("is_accepted", [True, False])
@pytest.mark.parametrize("target", ["Alles \u202e.", "Alles [x](site:y).", "<b>Alles</b>"])
def test_what_is_lost_or_hidden_is_refused(root: Path, target: str, is_accepted: bool) -> None:
    with pytest.raises(UnfaithfulError):
        save(root, MISSING, target, is_accepted)
    assert unit(root, MISSING[0]).target == ""


def test_other_numbers_are_accepted_once_they_are_confirmed(root: Path) -> None:
    def accept(target: str, *confirmed: str) -> Unit:
        translation = Translation("nl", *MISSING[:2], unit(root, MISSING[0]).target, target, True, frozenset(confirmed))
        save_text(root, root.parent / "locales", translation, never, History(root), ANNE)
        return unit(root, MISSING[0])

    with pytest.raises(UnfaithfulError, match="the translation says 1906"):
        accept("Alles van 1906.")
    with pytest.raises(UnfaithfulError):
        accept("Alles van 1906.", "+1907")
    assert save(root, MISSING, "Alles van 1906.", False), "a draft may have doubts"
    assert accept("Alles van 1906.", "+1906").notes == ("confirmed: +1906",)
    assert accept("Alles.").notes == ()


def test_two_translators_and_a_text_editor_overwrite_nothing_unseen(root: Path) -> None:
    """Whatever the order of reading and saving: a save that did not see what is there is told, all others are there."""
    dice, locales, path = random.Random(18), root.parent / "locales", content_file(root.parent / "locales", "nl")
    expected = {unit.key: unit.target for unit in read_book(path).units}
    seen: dict[tuple[int, tuple[str, str]], str] = {}
    clashes = 0
    for step in range(200):
        who, key, target = dice.randrange(3), dice.choice(list(expected)), f"woord{step}"
        if who == 2:
            change(locales, key, target=target)
            expected[key] = target
        elif (who, key) not in seen:
            seen[who, key] = expected[key]
        else:
            read = seen.pop((who, key))
            translation = Translation("nl", *key, read, target, dice.random() < 0.5, frozenset({f"+{step}"}))
            if read == expected[key]:
                save_text(root, locales, translation, never, History(root), ANNE)
                expected[key] = target
            else:
                with pytest.raises(ClashError) as error:
                    save_text(root, locales, translation, never, History(root), ANNE)
                assert error.value.clashes[0].theirs == expected[key]
                clashes += 1
        assert {unit.key: unit.target for unit in read_book(path).units} == expected
    assert clashes > 5


def test_drafts_of_a_machine_replace_nothing_and_are_marked(root: Path) -> None:
    locales = root.parent / "locales"
    drafts = [Translation("nl", *each[:2], "", "Machine", False) for each in (MISSING, UNREVIEWED, REVIEWED, STALE)]
    assert save_drafts(root, locales, drafts, never, History(root), ANNE) == 1
    found = unit(root, MISSING[0])
    assert (found.target, found.is_fuzzy, found.notes) == ("Machine", True, (machine_note(),))
    assert [unit(root, each[0]).target for each in (UNREVIEWED, REVIEWED, STALE)] == [
        each[2] for each in (UNREVIEWED, REVIEWED, STALE)
    ]
    bad = Translation("nl", *MISSING[:2], "", "{x}", False)
    assert save_drafts(root, locales, [bad], never, History(root), ANNE) == 0
    assert save(root, (*MISSING[:2], "Machine"), "Machine", False) is False
    assert unit(root, MISSING[0]).notes == (machine_note(),)
    assert save(root, (*MISSING[:2], "Machine"), "Van een mens", False)
    assert unit(root, MISSING[0]).notes == ()


def test_a_language_without_a_file_gets_one(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    content_file(locales, "pl").unlink()
    translation = Translation("pl", *MISSING[:2], "", "Wszystko.", True)
    assert save_text(
        catalogue.root, locales, translation, lambda: texts_in(catalogue), History(tmp_path), ANNE
    ).is_changed
    found = {each.key: each.target for each in read_book(content_file(locales, "pl")).units}
    assert found[MISSING[:2]] == "Wszystko."


def test_a_text_that_is_not_extracted_yet_is(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    path = catalogue.root / "sites" / "une" / "site.toml"
    path.write_text(SITE.replace('safety = "Rien à craindre."', 'safety = "Un casque."'), "utf-8")
    translation = Translation("nl", "site.une.visit.safety", "Un casque.", "", "Een helm.", True)
    now = catalogue_at(tmp_path, path.read_text("utf-8"))
    save_text(catalogue.root, locales, translation, lambda: texts_in(now), History(tmp_path), ANNE)
    assert unit(catalogue.root, "site.une.visit.safety").target == "Een helm."
    gone = Translation("nl", "site.une.visit.safety", "Rien à craindre.", "", "Niets.", True)
    with pytest.raises(OptionError, match="has changed meanwhile"):
        save_text(catalogue.root, locales, gone, lambda: texts_in(now), History(tmp_path), ANNE)


def test_a_file_that_cannot_be_read_is_told(root: Path) -> None:
    content_file(root.parent / "locales", "nl").write_bytes(b"\xff")
    with pytest.raises(FormatError, match="UTF-8"):
        save(root, MISSING, "Alles.")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_translation_is_a_commit_of_its_own(root: Path) -> None:
    person = ("-c", "user.name=Person", "-c", "user.email=p@example.org")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *person, *command], cwd=root.parent, check=True)
    other = content_file(root.parent / "locales", "de")
    other.write_bytes(other.read_bytes() + b"\n# by hand\n")
    assert save(root, MISSING, "Alles.")
    subjects = ["site.une.visit.see_today (nl)", "first"]
    assert [each.subject for each in History(root).latest(3, root.parent / "locales")] == subjects
    assert [each.subject for each in History(root).latest(3)] == ["first"]
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=root.parent, check=True, capture_output=True, text=True
    )
    assert changed.stdout.splitlines() == [" M locales/de/LC_MESSAGES/content.po"]
