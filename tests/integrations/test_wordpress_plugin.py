"""The plug-in for WordPress, as far as it can be looked at without one; `make wordpress` tries it in a real one."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from carreau.base.languages import ENGLISH, LANGUAGES
from tests.integrations.wordpress.trial import PACKAGES, PLUGIN, missing

TEXTS = {path.name: path.read_text("utf-8") for path in PLUGIN.iterdir() if path.suffix in (".php", ".js")}
OTHERS = [code for code in LANGUAGES if code != ENGLISH]
_WORD = re.compile(r"(?:__|esc_html__|esc_html_e)\( '((?:[^'\\]|\\.)*)', 'carreau' \)")


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_translated_and_compiled(language: str) -> None:
    words = {word.replace("\\'", "'") for word in _WORD.findall(TEXTS["carreau.php"])}
    assert len(words) > 10
    catalogue = read_po(io.BytesIO((PLUGIN / "languages" / f"carreau-{language}.po").read_bytes()))
    written = {str(each.id): str(each.string) for each in catalogue if each.id}
    assert set(written) == words
    assert all(written.values())
    assert all(("%s" in english) == ("%s" in other) for english, other in written.items())
    compiled = read_mo(io.BytesIO((PLUGIN / "languages" / f"carreau-{language}.mo").read_bytes()))
    assert {str(each.id): str(each.string) for each in compiled if each.id} == written


def test_the_script_has_no_words_of_its_own() -> None:
    told = set(re.findall(r"^\t\t\t'(\w+)'\s+=> (?:__|sprintf)\(", TEXTS["carreau.php"], re.MULTILINE))
    assert set(re.findall(r"words\.(\w+)", TEXTS["block.js"])) == told


def test_it_asks_no_other_host_and_keeps_nothing_of_visitors() -> None:
    assert set(TEXTS) == {"carreau.php", "uninstall.php", "block.js"}
    for text in TEXTS.values():
        addresses = {each.rstrip(".") for each in re.findall(r"https?://([\w.-]+)", text)}
        assert addresses <= {"carreau.example", "eupl.eu"}
        assert not re.search(r"setcookie|\$_COOKIE|\$_SERVER|localStorage|wp_remote_|curl_", text)


def test_it_is_under_the_licence_of_the_project() -> None:
    assert "License:           EUPL-1.2" in TEXTS["carreau.php"]
    assert all("SPDX-License-Identifier: EUPL-1.2" in text for text in TEXTS.values())


def test_the_trial_names_the_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.integrations.wordpress.trial._program", lambda _name: None)
    monkeypatch.setattr("tests.integrations.wordpress.trial.WORDPRESS", tmp_path)
    assert set(missing()) == {
        "wordpress", "wordpress-theme-twentytwentyfive", "php-cli", "mariadb-server", "chromium",
    }  # fmt: skip
    assert set(missing()) <= set(PACKAGES)
