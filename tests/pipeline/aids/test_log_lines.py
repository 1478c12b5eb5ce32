"""Lines of access logs, as servers and mischief write them."""

from __future__ import annotations

import json

import pytest

from carreau.aids.access_log import Hit, read_line

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def combined(request: str, status: int = 200, referrer: str = "-", agent: str = FIREFOX) -> bytes:
    head = f'203.0.113.9 - jeanne [27/Nov/2026:23:59:59 +0100] "{request}" {status} 5120'
    return f'{head} "{referrer}" "{agent}"'.encode()


def test_a_combined_line_is_read_without_address_user_and_question() -> None:
    hit = read_line(
        combined("GET /embed/a?lang=de&q=secret HTTP/1.1", referrer="https://carreau.example/fr/sites/a?b=c")
    )
    assert hit == Hit("2026-11-27", "GET", "/embed/a", 200, "de", "/fr/sites/a", False, False, False)
    for text in ("203.0.113.9", "jeanne", "secret", "b=c", "Firefox"):
        assert text not in repr(hit)


def test_more_columns_may_follow_and_quotes_be_escaped() -> None:
    line = combined("GET /fr/ HTTP/2.0", agent=r"Mozilla \"5.0\" Firefox") + b' "203.0.113.9" 0.012'
    assert read_line(line) == Hit("2026-11-27", "GET", "/fr/", 200, "", "", False, False, False)


def test_the_common_format_tells_no_program() -> None:
    line = b'::1 - - [01/Jan/2026:00:00:00 +0000] "HEAD /fr/ HTTP/1.1" 304 -'
    assert read_line(line) == Hit("2026-01-01", "HEAD", "/fr/", 304, "", "", False, False, False)


@pytest.mark.parametrize(
    ("agent", "is_robot"),
    [
        (FIREFOX, False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("facebookexternalhit/1.1", True),
        ("WordPress/6.8; https://office.example", True),
        ("curl/8.14", True),
        ("-", True),
        ("Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9) Chrome/137.0 Mobile Safari/537.36", False),
        ("Dalvik/2.1.0 (Linux; U; Android 15; Pixel 9)", False),
        ("com.apple.WebKit.Networking/20621 CFNetwork/3826 Darwin/24.5.0", False),
    ],
)
def test_programs_are_told_from_visitors(agent: str, is_robot: bool) -> None:
    hit = read_line(combined("GET /fr/ HTTP/1.1", agent=agent))
    assert hit is not None
    assert hit.is_robot is is_robot


def own(**changes: object) -> bytes:
    told = {"time": "2026-11-27T10:00:00.000Z", "method": "GET", "path": "/fr/", "status": 200, "bytes": 1, "ms": 0.1}
    flags = {"lang": "fr", "robot": False, "ahead": True, "script": False, "id": "1", "route": "/", "release": "a"}
    return json.dumps({**told, **flags, **changes}).encode()


def test_a_line_of_our_server_and_of_its_nginx_is_read() -> None:
    assert read_line(own()) == Hit("2026-11-27", "GET", "/fr/", 200, "fr", "", False, True, False)
    nginx = own(time="2026-11-27T10:00:00+01:00", seconds=0.001, cache="HIT")
    assert read_line(nginx) == read_line(own())


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"{}", b"null", b"[" * 5000, b"{" * 5000, b'{"time": 5}', b"\xff\xfe\x00", b"Started carreau",
        own(status="ok"), own(time="yesterday"), own(time="2026-02-30T10:00:00Z"), own(path=None, status=None),
        own().replace(b'"lang": "fr", ', b""), combined("GET /fr/ HTTP/1.1").replace(b"Nov", b"Nev"),
        combined("GET /fr/ HTTP/1.1").replace(b"27/", b"31/"), combined("GET"), combined(r"\x16\x03\x01"),
        combined("GET /fr/ HTTP/1.1")[:60], b'1 - - [27/Nov/2026:00:00:00 +0000] "' + b"\\" * 60000,
    ],
)  # fmt: skip
def test_other_lines_are_told_apart(line: bytes) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize(
    "target", ["//[::1", "/%ff%00", "/fr/?lang=" + "&" * 900, "/" + "a" * 9000, "http://a/fr/?lang=xx;"]
)
def test_odd_targets_do_no_harm(target: str) -> None:
    hit = read_line(combined(f"GET {target} HTTP/1.1", 400))
    assert hit is not None
    assert len(hit.path) <= 500
