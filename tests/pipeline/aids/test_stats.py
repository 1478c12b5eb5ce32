"""Visits are counted from real logs of the real server, and nothing personal comes out."""

from __future__ import annotations

import csv
import gzip
import io
import json
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carreau.aids.access_log import read_lines
from carreau.base.languages import LANGUAGES
from carreau.command.cli import main
from tests.browser import Browser, asked, loaded, opened, violations
from tests.server import bundles
from tests.server.asking import of_server, served

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PERSONAL = ("203.0.113.77", "2001:db8:5::9", "jeanne", "Firefox", "office.example", "secret", "Somebot")
"""What the logs here hold of persons."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    bundles.build(folder)
    return folder


@pytest.fixture(scope="module")
def files(bundle: Path) -> dict[str, str]:
    """Addresses of the files for augmented reality and of the page of the route in the pack of its walk."""
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    with sqlite3.connect(bundle / "a" / f"{manifest['database']}.sqlite") as database:
        levels = database.execute(
            "SELECT level, sha256, ext FROM level JOIN site ON id = site WHERE slug = 'fosse-mathilde'"
        )
        found = {level: f"/a/{sha256}.{ext}" for level, sha256, ext in levels}
        [(sha256, ext)] = database.execute(
            "SELECT sha256, ext FROM answer WHERE path = '/de/routen/autour-de-mathilde'"
        )
    return {
        "android": found["ar-android"],
        "ios": found["ar-ios"],
        "phone": found["phone"],
        "walk": f"/a/{sha256}.{ext}",
    }


@pytest.fixture(scope="module")
def own_log(bundle: Path, files: dict[str, str]) -> str:
    """What the real server wrote about a day of visitors."""
    with served(bundle) as (port, process):
        ask = of_server(port)
        browser = {
            "user_agent": FIREFOX,
            "referer": "https://office.example/a?b=secret",
            "x_forwarded_for": "203.0.113.77",
        }
        page, script = browser | {"sec_fetch_dest": "document"}, browser | {"sec_fetch_dest": "empty"}
        first = ask("/fr/sites/fosse-mathilde", **page)
        assert ask("/fr/sites/fosse-mathilde", **page, if_none_match=first.headers["etag"]).status == 304
        ask("/pl/miejsca/fosse-mathilde", **page)
        ask("/fr/sites/fosse-mathilde", "HEAD", **page)
        ask("/fr/sites/fosse-mathilde", **page, sec_purpose="prefetch;prerender")
        ask("/fr/sites/fosse-mathilde", user_agent="Somebot/1.0")
        ask("/fr/sites/fosse-mathilde")
        ask("/fr/sites/nowhere", **page)
        assert ask("/embed/fosse-mathilde?lang=nl", **page).status == 200
        ask("/de/routen/autour-de-mathilde", **page)
        ask("/de/erzaehlpfade/la-greve-de-mathilde", **page)
        assert ask("/q/autour-de-mathilde/1", **page).status == 303
        ask("/v1/search?q=secret", **script)
        for name in ("android", "ios"):
            assert ask(files[name], user_agent="Dalvik/2.1.0 (Linux; Android 15)").status == 200
        assert ask(files["ios"], user_agent="CFNetwork/3826", range="bytes=0-99").status == 206
        ask(files["phone"], **script)
        for name in ("walk", "android", "ios", "phone"):  # a walk is downloaded
            ask(files[name], **script)
        process.send_signal(signal.SIGTERM)
        written, _ = process.communicate(timeout=60)
    return str(written)


def run(*words: str | Path) -> int:
    return main(["stats", *map(str, words)])


def told(capsys: pytest.CaptureFixture[str], *words: str | Path) -> dict[str, Any]:
    assert run(*words, "--json") == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_what_visitors_did_is_counted(
    own_log: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "access.log").write_text(own_log)
    result = told(capsys, tmp_path / "access.log", "--bundle", bundle)
    assert result["totals"] == {"visits": 5, "embedded": 1, "ar": 2, "walks": 1, "plates": 1}
    rows = {(row["kind"], row["slug"], row["language"]): row for row in result["rows"]}
    assert rows["place", "fosse-mathilde", "fr"]["visits"] == 2
    assert rows["place", "fosse-mathilde", "pl"]["visits"] == 1
    assert rows["place", "fosse-mathilde", "nl"]["embedded"] == 1
    assert rows["place", "fosse-mathilde", ""]["ar"] == 2
    assert (
        rows["route", "autour-de-mathilde", "de"]["visits"],
        rows["route", "autour-de-mathilde", "de"]["walks"],
    ) == (1, 1)
    assert rows["route", "autour-de-mathilde", ""]["plates"] == 1
    assert rows["trail", "la-greve-de-mathilde", "de"]["visits"] == 1
    assert (result["robots"], result["ahead"], result["bad_lines"]) == (2, 1, 0)
    assert result["requests"] == len(own_log.splitlines())


def combined(files: dict[str, str]) -> Iterator[str]:
    def line(
        day: str, request: str, status: int = 200, referrer: str = "-", agent: str = FIREFOX, host: str = ""
    ) -> str:
        client = f"{host or '203.0.113.77'} - jeanne [{day}/2026:08:00:00 +0200]"
        return f'{client} "{request}" {status} 1 "{referrer}" "{agent}"'

    source = "https://office.example/post?q=secret"
    yield line("01/Jul", "GET /fr/sites/fosse-mathilde?utm_source=secret HTTP/2.0", referrer=source)
    yield line("03/Jul", "GET /fr/sites/fosse-mathilde/ HTTP/2.0", host="2001:db8:5::9")
    yield line("03/Jul", "GET /embed/fosse-mathilde?lang=de HTTP/2.0", referrer=source)
    yield line("03/Jul", "GET /fr/sites/fosse-mathilde HTTP/1.1", agent="Somebot/1.0 (jeanne@office.example)")
    yield line("03/Jul", "GET /secret/someone HTTP/1.1")
    yield "jeanne was here"
    yield line("04/Jul", f"GET {files['ios']} HTTP/2.0", agent="CFNetwork/1")
    yield line(
        "04/Jul", f"GET {files['walk']} HTTP/2.0", referrer="https://carreau.example/de/routen/autour-de-mathilde"
    )
    yield line(
        "04/Jul", f"GET {files['ios']} HTTP/2.0", referrer="https://carreau.example/de/routen/autour-de-mathilde"
    )
    yield line("04/Jul", "GET /en/ HTTP/2.0")


@pytest.fixture
def log(tmp_path: Path, files: dict[str, str]) -> Path:
    path = tmp_path / "combined.log"
    path.write_text("\n".join(combined(files)) + "\n", encoding="utf-8")
    return path


def test_a_combined_log_is_counted_by_days(log: Path, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = told(capsys, log, "--bundle", bundle)
    assert result["days"] == ["2026-07-01", "2026-07-04"]
    assert result["totals"] == {"visits": 3, "embedded": 1, "ar": 1, "walks": 1, "plates": 0}
    assert (result["robots"], result["bad_lines"]) == (1, 1)
    assert result["rows"][0] == {
        "day": "2026-07-01", "kind": "place", "slug": "fosse-mathilde", "language": "fr", "visits": 1,
    }  # fmt: skip
    part = told(capsys, log, "--bundle", bundle, "--since", "2026-07-02", "--until", "2026-07-03")
    assert part["totals"] == {"visits": 1, "embedded": 1, "ar": 0, "walks": 0, "plates": 0}


def test_logs_may_be_compressed_and_several_and_come_by_the_standard_input(
    log: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = tmp_path / "rotated.1"
    packed.write_bytes(gzip.compress(log.read_bytes()) + gzip.compress(log.read_bytes()))  # as `cat *.gz` makes one
    assert told(capsys, log, packed, "--bundle", bundle)["totals"]["visits"] == 9
    command = [sys.executable, "-m", "carreau.command.cli", "stats", "-", "--bundle", str(bundle), "--json"]
    done = subprocess.run(command, input=packed.read_bytes(), capture_output=True, check=True, timeout=120)
    assert json.loads(done.stdout)["totals"]["visits"] == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_personal_comes_out(
    own_log: str, log: Path, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    (tmp_path / "own.log").write_text(own_log)
    out = tmp_path / "out"
    out.mkdir()
    made = ("--page", out / "visits.html", "--csv", out / "visits.csv", "--lang", language)
    before = set(tmp_path.rglob("*"))
    assert run(log, tmp_path / "own.log", "--bundle", bundle, *made) == 0
    assert set(tmp_path.rglob("*")) - before == {out / "visits.html", out / "visits.csv"}  # there is no cache
    output = capsys.readouterr()
    text = log.read_text()
    assert all(each in text for each in PERSONAL)
    written = output.out + output.err + "".join(path.read_text("utf-8") for path in out.iterdir())
    assert {each for each in PERSONAL if each.lower() in written.lower()} == set()
    assert "Fosse Mathilde" in written


def test_the_table_has_a_row_for_each_day_place_and_language(log: Path, bundle: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    assert run(log, "--bundle", bundle, "--csv", first, "--quiet") == 0
    assert run(log, "--bundle", bundle, "--csv", second, "--quiet") == 0
    assert first.read_bytes() == second.read_bytes()
    rows = list(csv.DictReader(io.StringIO(first.read_text("utf-8-sig")), delimiter=";"))
    assert rows[0] == {
        "day": "2026-07-01", "kind": "place", "slug": "fosse-mathilde", "name": "Fosse Mathilde", "language": "fr",
        "visits": "1", "embedded": "0", "ar": "0", "walks": "0", "plates": "0",
    }  # fmt: skip
    assert len(rows) == 6


def test_bad_lines_are_counted_and_named_by_their_number(
    log: Path, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(log, "--bundle", bundle) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2026-07-01 to 2026-07-04: 3 visits, 1 view in other pages, 1 view in augmented reality")
    assert lines[-2:] == [
        "left out: 1 request of programs, 0 of browsers ahead of their visitors",
        f"1 line is not that of an access log, see {log}, line 6",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"nothing\nof a log\n", "no line is that of an access log"),
        (b"\x1f\x8b\x08\x00" + b"x" * 40, "the compressed file is damaged or cut off"),
        (
            gzip.compress(b'1 - - [01/Jul/2026:08:00:00 +0200] "GET /fr/ HTTP/1.1" 200 1\n' * 99)[:-9],
            "is damaged or cut off",
        ),
    ],
)
def test_what_is_no_log_is_refused_in_one_line(
    content: bytes, said: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = tmp_path / "some.log", tmp_path / "page.html"
    path.write_bytes(content)
    assert run(path, "--bundle", bundle, "--page", page) == 2
    error = capsys.readouterr().err
    assert (error.count("\n"), page.exists()) == (1, False)
    assert f"{path}: " in error
    assert said in error


def test_what_is_missing_is_said(bundle: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        ((tmp_path / "gone.log",), "gone.log: there is no such file"),
        ((tmp_path,), "is a folder; name the access logs in it"),
        ((log, "--since", "July"), "--since: 'July' is not a day such as 2026-11-01"),
        ((log, "--since", "2026-07-03", "--until", "2026-07-02"), "--until 2026-07-02 is before --since 2026-07-03"),
    ):
        assert run(*words, "--bundle", bundle) == 2
        assert said in capsys.readouterr().err
    assert run(log, "--bundle", tmp_path) == 2
    assert "has no manifest.json; name the bundle that the server serves with --bundle" in capsys.readouterr().err


def test_an_empty_log_has_no_visits(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.log").write_bytes(b"")
    assert run(tmp_path / "empty.log", "--bundle", bundle, "--page", tmp_path / "page.html") == 0
    assert capsys.readouterr().out.startswith("no visits in these logs\n")
    assert "Ces journaux ne contiennent aucune visite" in (tmp_path / "page.html").read_text("utf-8")


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    line = b'1 - - [01/Jul/2026:08:00:00 +0200] "GET /fr/ HTTP/1.1" 200 1\n'
    (tmp_path / "long.log").write_bytes(line * 300_000 + b"x" * 3_000_000)
    tracemalloc.start()
    try:
        received: list[int] = []
        assert sum(1 for _ in read_lines(str(tmp_path / "long.log"), received.append)) == 300_001
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert sum(received) == (tmp_path / "long.log").stat().st_size


@pytest.mark.browser
@pytest.mark.parametrize("language", ["fr", "pl"])
def test_nobody_is_kept_from_the_page(
    browser: Browser, axe: str, log: Path, bundle: Path, tmp_path: Path, language: str
) -> None:
    path = tmp_path / "visits.html"
    assert run(log, "--bundle", bundle, "--page", path, "--lang", language, "--quiet") == 0
    for width in (320, 1280):
        session = opened(browser, path.as_uri(), width)
        loaded(browser, session)
        assert violations(browser, session, axe) == []
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width
        assert asked(browser, session, "document.querySelectorAll('.days svg g').length") == 4
    assert {url for url in browser.asked if not url.startswith(("data:", path.as_uri()))} == set()
