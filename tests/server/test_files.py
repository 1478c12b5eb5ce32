"""Files come whole, in part, compressed, or not again, and always the right bytes."""

from __future__ import annotations

import asyncio
import email
import hashlib
import os
import re
import sqlite3
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from carreau_server.context import parse_ranges
from carreau_server.errors import RangeNotSatisfiableError
from carreau_server.files import FileResponse
from tests.server.asking import Ask


def rows(bundle: Path, query: str) -> list[tuple[Any, ...]]:
    (path,) = bundle.glob("a/*.sqlite")
    connection = sqlite3.connect(path)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


@pytest.fixture(scope="session")
def large(bundle: Path) -> str:
    """The address of 2 MB that have a compressed copy."""
    ((digest,),) = rows(bundle, "SELECT sha256 FROM level WHERE level = 'desktop'")
    return f"/a/{digest}.glb"


@pytest.fixture(scope="session")
def content(bundle: Path, large: str) -> bytes:
    return (bundle / large[1:]).read_bytes()


def test_every_file_is_what_its_name_says(ask: Ask, bundle: Path) -> None:
    for digest, ext, kind, size in rows(bundle, "SELECT sha256, ext, media_type, bytes FROM file"):
        for _ in range(2):  # the second time it is kept
            reply = ask(f"/a/{digest}.{ext}")
            assert (reply.status, len(reply.body)) == (200, size)
            assert hashlib.sha256(reply.body).hexdigest() == digest
            assert reply.headers["content-type"].split("; charset")[0] == kind
            assert ask(f"/a/{digest}.{ext}", range="bytes=0-4").body == reply.body[:5]
            packed = ask(f"/a/{digest}.{ext}", accept_encoding="br")
            if "content-encoding" in packed.headers:
                assert brotli.decompress(packed.body) == reply.body
            else:
                assert packed.body == reply.body


def test_a_file_is_kept_for_ever_and_open_to_all_origins(ask: Ask, large: str) -> None:
    reply = ask(large)
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["content-type"] == "model/gltf-binary"
    assert re.fullmatch(r'"[0-9a-f]{32}"', reply.headers["etag"])
    assert ask(large, accept_encoding="br").headers["etag"] != reply.headers["etag"]


@pytest.mark.parametrize(
    ("wanted", "begin", "behind"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=1000-", 1000, None),
        ("bytes=-7", -7, None),
        ("BYTES = 5-6", 5, 7),
        ("bytes=2097151-9999999", -1, None),
        ("bytes=-99999999", 0, None),
        ("bytes=0-10,5-20", 0, 21),
        ("bytes=0-10,9999999-", 0, 11),
    ],
)
def test_a_part_is_that_part(ask: Ask, large: str, content: bytes, wanted: str, begin: int, behind: int | None) -> None:
    reply = ask(large, range=wanted, accept_encoding="br")
    assert reply.status == 206
    assert reply.body == content[begin:behind]
    assert "content-encoding" not in reply.headers
    first = begin % len(content)
    assert reply.headers["content-range"] == f"bytes {first}-{first + len(reply.body) - 1}/{len(content)}"


def test_several_parts_come_as_a_message_of_parts(ask: Ask, large: str, content: bytes) -> None:
    reply = ask(large, range="bytes=-5, 0-9, 500000-699999")
    assert reply.status == 206
    assert int(reply.headers["content-length"]) == len(reply.body)
    message = email.message_from_bytes(
        b"Content-Type: " + reply.headers["content-type"].encode() + b"\r\n\r\n" + reply.body
    )
    found = [part.get_payload(decode=True) for part in message.get_payload()]  # type: ignore[union-attr]
    assert found == [content[-5:], content[:10], content[500000:700000]]
    assert {part.get_content_type() for part in message.get_payload()} == {"model/gltf-binary"}  # type: ignore[union-attr]


@pytest.mark.parametrize("wanted", ["bytes=2097152-", "bytes=-0", "bytes=9999999-99999999", "bytes=2097152-,-0"])
def test_a_part_outside_is_refused_with_the_length(ask: Ask, large: str, wanted: str) -> None:
    reply = ask(large, range=wanted)
    assert reply.status == 416
    assert reply.headers["content-range"] == "bytes */2097152"
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "wanted", ["bytes=5-4", "bytes=", "bytes=a-b", "lines=1-2", "bytes=1-2-3", "bytes=0-0," * 40, "-"]
)
def test_what_is_no_range_is_ignored(ask: Ask, large: str, content: bytes, wanted: str) -> None:
    reply = ask(large, range=wanted)
    assert (reply.status, reply.body == content) == (200, True)


def test_a_part_of_another_version_is_not_sent(ask: Ask, large: str, content: bytes) -> None:
    plain, packed = ask(large).headers["etag"], ask(large, accept_encoding="br").headers["etag"]
    assert ask(large, range="bytes=0-9", if_range=plain).status == 206
    for other in (packed, f"W/{plain}", '"other"', "Wed, 25 Nov 2026 00:00:00 GMT"):
        reply = ask(large, range="bytes=0-9", if_range=other)
        assert (reply.status, reply.body == content) == (200, True)


def test_what_is_there_already_is_not_sent_again(ask: Ask, large: str) -> None:
    for path in (
        large,
        "/v1/sites/fosse-mathilde",
        "/v1/sites?kind=fosse",
        "/v1/search?q=fosse",
        "/fr/",
        "/ogc/conformance",
    ):
        for coding in ("", "br"):
            tag = ask(path, accept_encoding=coding).headers["etag"]
            for known in (tag, f'"x", W/{tag}', "*"):
                reply = ask(path, accept_encoding=coding, if_none_match=known)
                assert (reply.status, reply.body) == (304, b"")
                assert reply.headers["etag"] == tag
                assert "content-type" not in reply.headers
            assert ask(path, accept_encoding=coding, if_none_match='"x"').status == 200
    assert ask(large, if_none_match=ask(large).headers["etag"], range="bytes=0-1").status == 304
    assert ask(large, if_none_match='"x", ' * 300 + ask(large).headers["etag"]).status == 304
    assert ask("/healthz", if_none_match="*").status == 200  # has no tag


def test_head_says_what_get_would_send(ask: Ask, large: str) -> None:
    for path in (large, "/v1/sites/fosse-mathilde", "/v1/search?q=fosse", "/fr/", "/nowhere", "/healthz"):
        for _ in range(2):
            got, head = ask(path), ask(path, "HEAD")
            assert (head.status, head.body) == (got.status, b"")
            unlike = {"date", "x-request-id"}
            assert {k: v for k, v in head.headers.items() if k not in unlike} == {
                k: v for k, v in got.headers.items() if k not in unlike
            }


def sent(path: Path, size: int) -> list[bytes]:
    """Send the first bytes of a file; return them as they are sent."""
    bodies: list[bytes] = []

    async def send(message: Message) -> None:
        bodies.append(message.get("body", b""))

    async def receive() -> Message:
        raise AssertionError

    descriptor = os.open(path, os.O_RDONLY)
    response = FileResponse(descriptor, [(0, size)], 200, {})
    asyncio.run(response({"type": "http"}, receive, send))
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    return bodies


def test_a_file_is_sent_in_small_pieces_whatever_a_read_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, content = tmp_path / "file", os.urandom(400_000)
    path.write_bytes(content)
    whole = sent(path, len(content))
    assert (b"".join(whole) == content, max(map(len, whole))) == (True, 128 * 1024)
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda descriptor, size, start: pread(descriptor, min(size, 99_999), start))
    assert b"".join(sent(path, len(content))) == content


def test_a_file_that_became_shorter_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    with pytest.raises(OSError, match="shorter"):
        sent(tmp_path / "file", 4)


def test_so_many_ranges_are_taken_and_no_more() -> None:
    ranges = [f"{10 * number}-{10 * number}" for number in range(17)]
    assert len(parse_ranges(f"bytes={','.join(ranges[:16])}", 1000)) == 16
    assert parse_ranges(f"bytes={','.join(ranges)}", 1000) == ()
    assert parse_ranges("bytes=0-4, 5-9", 1000) == ((0, 10),)
    assert parse_ranges("bytes=0-10, 5-6", 1000) == ((0, 11),)
    for wrong in ("bytes=²-", "bytes=-", f"bytes=0-{'9' * 5000}"):
        assert parse_ranges(wrong, 1000) == ()


@given(st.text(st.sampled_from("bytes=0123456789-, "), max_size=30), st.integers(1, 30))
def test_ranges_are_inside_and_never_more_than_the_file(header: str, length: int) -> None:
    try:
        found = parse_ranges(header, length)
    except RangeNotSatisfiableError:
        return
    assert all(0 <= begin < behind <= length for begin, behind in found)
    assert sum(behind - begin for begin, behind in found) <= length
