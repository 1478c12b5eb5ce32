"""A file's kind is what its own site says, and nothing where the sheet is broken or names another."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.catalogue.site import state_kind


@pytest.mark.parametrize("kind", ["scan", "reconstruction", "model"])
def test_a_state_says_what_its_file_is(tmp_path: Path, kind: str) -> None:
    (tmp_path / "site.toml").write_text(f'[[state]]\nid = "1930"\nkind = "{kind}"\nfile = "models/1930.glb"\n')
    assert state_kind(tmp_path / "models" / "1930.glb") == kind
    assert state_kind(tmp_path / "models" / "other.glb") == ""


@pytest.mark.parametrize(
    "text", ["", "state = 3", "[[state]", "[[state]]\nfile = 3", '[[state]]\nfile = "a.glb"\nkind = "x"']
)
def test_a_sheet_that_says_nothing_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "site.toml").write_text(text)
    assert state_kind(tmp_path / "a.glb") == ""
