"""The page of a batch shows first what needs somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carreau.models.reports.overview_pages import BatchEntry, attention, batch_pages, make_batch
from tests.browser import Browser, asked, loaded, opened, violations
from tests.pipeline.models.reports.report_sample import REBUILT, image, level, report

CALM = {**report()["scan"], "warnings": []}


def entry(folder: str, psnr_db: float | None = 36.0, decisions: tuple[str, ...] = (), **facts: Any) -> BatchEntry:
    one = level("phone", error={"psnr_db": psnr_db}, decisions=list(decisions))
    return BatchEntry(folder, report(**{"name": folder, "scan": CALM, "levels": [one], **facts}), image())


ENTRIES = (
    entry("good"),
    entry("identical", psnr_db=None),
    entry("unlike", psnr_db=22.5),
    entry("retried", decisions=(REBUILT,)),
    entry("warned", scan=report()["scan"]),
    BatchEntry("lost & found", {}, b"", "scan.ply: it is a Gaussian splat; export a mesh"),
)


def test_what_needs_attention_comes_first() -> None:
    found = [each.folder for each in sorted(ENTRIES, key=attention)]
    assert found == ["lost & found", "warned", "retried", "unlike", "good", "identical"]


def test_more_warnings_and_less_likeness_come_before_fewer_and_more() -> None:
    twice = entry("twice", scan={**CALM, "warnings": ["a", "b"]})
    once = entry("once", psnr_db=20.0, scan={**CALM, "warnings": ["a"]})
    again = entry("again", scan={**CALM, "warnings": ["a"]})
    assert [each.folder for each in sorted((again, once, twice), key=attention)] == ["twice", "once", "again"]


def test_every_scan_has_its_card_and_its_link() -> None:
    page = make_batch(ENTRIES, "en").decode()
    assert page.count("<li") - page.count("<li>") == 4
    assert page.count("<h1") == 1
    assert '<a href="good/report.html">good</a>' in page
    assert "lost &amp; found" in page
    assert "lost%20%26%20found/report.html" not in page
    assert "it is a Gaussian splat" in page
    for said in (
        "6 scans",
        "1 failed",
        "3 to look at",
        "2 warnings",
        "Low similarity to the scan: 22.5",
        "rebuilt smaller 1 time.",
    ):
        assert said in page.replace("\u00a0", " ")
    assert "http:" not in page.replace("http-equiv", "")
    assert "https:" not in page


def test_pages_are_the_same_bytes_in_both_languages_twice() -> None:
    first, second = batch_pages(ENTRIES), batch_pages(ENTRIES)
    assert first == second
    assert list(first) == ["index.html", "index.en.html"]
    assert b'href="good/report.html"' in first["index.html"]
    assert b'href="good/report.en.html"' in first["index.en.html"]
    assert "6\u00a0relevés".replace("\u00a0", " ") in first["index.html"].decode()


def test_a_batch_of_nothing_is_a_page_too() -> None:
    assert b"<h1>" in make_batch(())


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "en"])
def test_nobody_is_kept_from_the_page(browser: Browser, axe: str, tmp_path: Path, language: str) -> None:
    path = tmp_path / "index.html"
    path.write_bytes(make_batch(ENTRIES, language, others={"fr": "index.fr.html"}))
    for width in (320, 1280):
        session = opened(browser, path.as_uri(), width)
        loaded(browser, session)
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width
    assert {url for url in browser.asked if not url.startswith(("data:", path.as_uri()))} == set()
