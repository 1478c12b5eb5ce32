"""A line of the access log says what it should, and is written soon."""

from __future__ import annotations

import asyncio
import io
import json
import time

import pytest

from server.http.access_log import AccessLog, anonymized


def add(log: AccessLog, path: str = "/") -> None:
    log.add("192.0.2.7", "GET", path, 200, 1, 0.0123456)


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.2.0/24"), ("::ffff:192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48")],
)
def test_an_address_is_logged_as_its_network(address: str, network: str) -> None:
    assert anonymized(address) == network


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
