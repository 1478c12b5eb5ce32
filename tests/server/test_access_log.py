"""A line of the access log says what it should, and is written soon."""

from __future__ import annotations

import asyncio
import io
import json
import time
from typing import cast

import pytest

from carreau_server.app_state import AccessLog, Visit, describe_visit
from carreau_server.bundle import Bundle
from carreau_server.context import RequestContext


def add(log: AccessLog, path: str = "/") -> None:
    log.add("GET", path, 200, 1, 0.0123456, Visit("fr", False, False, False))


PREFETCH = {"sec-purpose": "prefetch;prerender"}
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.mark.parametrize(
    ("headers", "lang", "content_language", "expected"),
    [
        (BROWSER, "", "pl", Visit("pl", False, False, False)),
        (BROWSER, "nl", "fr", Visit("nl", False, False, False)),
        (BROWSER, "someone-private", "fr", Visit("fr", False, False, False)),
        (BROWSER | PREFETCH, "", "", Visit("", False, True, False)),
        (BROWSER | {"sec-fetch-dest": "empty"}, "", "fr", Visit("fr", False, False, True)),
        (BROWSER | {"sec-fetch-dest": "document"}, "", "fr", Visit("fr", False, False, False)),
        ({"user-agent": "WordPress/6.8; https://office.example"}, "", "fr", Visit("fr", True, False, False)),
        ({}, "", "fr", Visit("fr", True, False, False)),
    ],
)
def test_what_is_counted_of_a_request_is_its_language_and_three_answers(
    headers: dict[str, str], lang: str, content_language: str, expected: Visit
) -> None:
    asked = {name.encode(): value for name, value in headers.items()}
    context = RequestContext(cast(Bundle, None), "1", False, asked, lang)
    assert describe_visit(context, content_language) == expected


def test_a_line_has_the_time_in_utc_milliseconds_and_the_beginning_of_a_long_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = AccessLog(stream := io.StringIO())
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        patch.setattr(time, "time", lambda: 86400.25)
        add(log, "/" + "x" * 999)
    time.tzset()
    log.flush()
    line = json.loads(stream.getvalue())
    assert (line["time"], line["ms"], len(line["path"])) == ("1970-01-02T00:00:00.250Z", 12.346, 500)


def test_lines_are_written_together_when_there_are_many_or_a_second_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    log = AccessLog(stream := io.StringIO())
    for _ in range(255):
        add(log)
    assert stream.getvalue() == ""
    add(log)
    assert stream.getvalue().count("\n") == 256
    add(log)
    now[0] += 1.5
    add(log)
    assert stream.getvalue().count("\n") == 258


def test_the_last_line_waits_for_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    log = AccessLog(stream := io.StringIO())

    async def sleep(_: float) -> None:
        if stream.getvalue():
            raise TimeoutError
        add(log)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(TimeoutError):
        asyncio.run(log.keep_flushing())
    assert stream.getvalue().count("\n") == 1


def test_a_closed_stream_loses_lines_and_no_response() -> None:
    stream = io.StringIO()
    log = AccessLog(stream)
    stream.close()
    add(log)
    log.flush()
    assert not log._lines


def test_a_question_in_the_path_is_not_written() -> None:
    """Some programs encode the question mark of a link: `/fr/recherche%3Fq=somebody`."""
    log = AccessLog(stream := io.StringIO())
    add(log, "/fr/recherche?q=somebody")
    log.flush()
    assert json.loads(stream.getvalue())["path"] == "/fr/recherche"
