"""Whatever pages are made from is among what tells whether anything changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.site.publish import publication


@pytest.mark.parametrize("name", ["interface.po", "server.po"])
def test_our_words_are_inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The page of problem types says what the API says."""
    monkeypatch.setattr(publication, "_CODE", ((tmp_path / "locales", f"*/LC_MESSAGES/{name}"),))
    path = tmp_path / "locales" / "fr" / "LC_MESSAGES" / name
    path.parent.mkdir(parents=True)
    path.write_text("before", "utf-8")
    before = publication.code.__wrapped__()
    path.write_text("afterwards", "utf-8")
    assert publication.code.__wrapped__() != before
