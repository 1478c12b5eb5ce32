"""Odd requests and a full disk cost nothing that lasts."""

from __future__ import annotations

import errno
import io
import weakref
from pathlib import Path

from server.access import AccessLog
from server.current import begun
from server.desk import Desk
from server.kept import Kept, Whole
from server.negotiation import MOST_CHARS
from server.opening import open_bundle
from server.settings import Settings


class Full(io.StringIO):
    """A disk without room."""

    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_keeps_no_answer_back() -> None:
    log = AccessLog(Full())
    for _ in range(1000):
        log.add("192.0.2.7", "GET", "/", 200, 1, 0.001)
    log.flush()
    assert not log._lines


def test_long_headers_are_kept_nowhere(bundle: Path) -> None:
    desk = Desk(Settings(bundle), begun(Settings(bundle)))
    long = b"text/html" + b"x" * 9000
    asked = desk.asked(False, [(b"accept", long), (b"accept-language", long), (b"if-none-match", b'"a"')], b"")
    assert {len(asked.accepts[name]) for name in (b"accept", b"accept-language")} == {MOST_CHARS}
    twice = desk.asked(False, [(b"accept", b"image/png"), (b"accept", b"text/html")], b"")
    assert twice.accepts[b"accept"] == "image/png, text/html"


def test_long_paths_are_kept_nowhere(bundle: Path) -> None:
    opened = open_bundle(bundle, "", 1000)
    assert opened.answers("/" + "x" * 600) == {}
    assert not opened._found
    for number in range(5000):
        assert opened.answers(f"/none/{number}") == {}
    assert len(opened._found) == 4096


def test_what_was_asked_counts_as_kept() -> None:
    kept = Kept(100_000)
    for number in range(100):
        kept.put((b"/" + str(number).encode() * 4000, b"", "", (), False), Whole([], b"", ""))
    assert len(kept._all) < 20


def test_a_release_that_nobody_uses_is_closed_at_once(bundle: Path) -> None:
    opened = open_bundle(bundle, "", 1000)
    opened.answers("/v1/terms")
    known = weakref.ref(opened)
    del opened
    assert known() is None
