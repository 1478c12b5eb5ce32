"""Nothing outside the bundle can be reached, whatever the address, and no header or method breaks anything."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.asking import Ask

OUTSIDE = "root:"
HOSTILE = [
    "/a/../manifest.json",
    "/a/%2e%2e/manifest.json",
    "/a/%252e%252e/manifest.json",
    "/a/..%2fmanifest.json",
    "/a/..%5cmanifest.json",
    "/a/..%c0%afmanifest.json",
    "/a/%uff0e%uff0e/manifest.json",
    "/a/．．/manifest.json",
    "/manifest.json",
    "//etc/passwd",
    "/../../../../etc/passwd",
    "/a//etc/passwd",
    "/%2fetc/passwd",
    "/a/%00.glb",
    f"/a/{'0' * 64}.glb%00",
    f"/a/{'0' * 64}.glb/..",
    "/a/.",
    "/a/",
    "/a",
    "/embed/..%2f..%2fetc%2fpasswd",
    "/v1/sites/..%2f..%2fmanifest",
    "/v1/sites/%2e%2e.jsonld",
    "/iiif/../manifest.json",
    "/v1/routes/x/pack/..%2f..",
    "/fr/sites/<script>",
    "/\\..\\..\\windows",
    "/" + "a" * 5000,
    "/" + "%2e%2e%2f" * 50 + "etc/passwd",
]


@pytest.mark.parametrize("path", HOSTILE)
def test_nothing_outside_is_handed_out(ask: Ask, path: str) -> None:
    reply = ask(quote(path, safe="/%?&=\\<>."))
    assert reply.status in (400, 404, 308)
    assert OUTSIDE not in reply.text
    assert "<script>" not in reply.text or reply.headers["content-type"] == "application/problem+json"
    if reply.status == 308:
        assert reply.headers["location"].startswith("/")
        assert not reply.headers["location"].startswith("//")


def test_the_database_and_copies_are_no_files_of_the_bundle(ask: Ask, bundle: Path) -> None:
    for pattern in ("a/*.sqlite", "a/*.br"):
        path = sorted(bundle.glob(pattern))[0]
        assert ask(f"/a/{path.name}").status == 404


def test_a_link_in_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    from carreau_server.app import create_app
    from carreau_server.settings import Settings
    from tests.server import bundles
    from tests.server.asking import of_app

    bundles.build(tmp_path)
    ask = of_app(create_app(Settings(tmp_path)))
    path = next(tmp_path.glob("a/*.usdz"))
    (tmp_path / "outside").write_bytes(b"x" * path.stat().st_size)
    path.unlink()
    path.symlink_to(tmp_path / "outside")
    reply = ask(f"/a/{path.name}")
    assert reply.status == 503
    assert str(tmp_path) not in reply.text


PATHS = st.text(max_size=60) | st.lists(
    st.sampled_from(["..", ".", "a", "v1", "sites", "%2e", "%2f", "%00", "é", "fosse-mathilde", "\\", "", "😀"]),
    max_size=8,
).map("/".join)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATHS, st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30))
def test_no_path_and_no_header_breaks_anything(asked: Ask, path: str, header: str) -> None:
    for name in ("accept", "accept_language", "accept_encoding", "range", "if_none_match", "device_memory"):
        reply = asked("/" + quote(path, errors="replace"), **{name: header})
        assert reply.status < 500
        assert OUTSIDE not in reply.text


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_no_search_breaks_anything(asked: Ask, text: str) -> None:
    for question in ("/v1/search?q=", "/v1/sites?q=", "/v1/sites?commune=", "/v1/sites?bbox=", "/v1/sites?cursor="):
        assert asked(question + quote(text, errors="replace")).status in (200, 400, 414)


@pytest.mark.parametrize(
    "text", ['"', "*", "AND", "a AND", "NEAR(a b)", "title:x", "-x", "(", "fosse* OR", "' OR 1=1 --", "^a"]
)
def test_no_operator_is_read_in_what_is_looked_for(ask: Ask, text: str) -> None:
    for path in ("/v1/search?q=", "/v1/sites?q="):
        assert ask(path + quote(text)).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_nothing_can_be_written(ask: Ask, method: str) -> None:
    for path in ("/v1/sites", "/a/x.glb", "/", "/fr/", "/nowhere"):
        reply = ask(path, method)
        assert reply.status == 405
        assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


def raw(port: int, content: bytes) -> bytes:
    """Return what the server answers to bytes, until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(content)
        found = b""
        while more := connection.recv(65536):
            found += more
        return found


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 20_000 + b"\r\nconnection: close\r\n\r\n", b"431"),
        (b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b"431"),
        (b"GET /?" + b"y" * 3000 + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b"414"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b"404"),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"200"),
        (b"GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nhost: x\r\nhost: x\r\nconnection: close\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.0\r\nhost: x\r\nhost: y\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nhost: x/y\r\nconnection: close\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nhost: [::1]:80\r\nconnection: close\r\n\r\n", b"200"),
        ("GET /v1/search?q=\u00e9lev\u00e9 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode(), b"200"),
    ],
)
def test_a_strange_request_is_answered_and_the_connection_closed(port: int, content: bytes, status: bytes) -> None:
    assert raw(port, content).split(b" ")[1] == status


def test_a_head_without_an_end_is_cut_off(port: int) -> None:
    def send_for_ever(connection: socket.socket) -> None:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        while True:
            connection.sendall(b"x: y\r\n" * 1000)

    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection, pytest.raises(OSError):  # noqa: PT011
        send_for_ever(connection)


def test_requests_behind_each_other_are_answered_in_order(port: int) -> None:
    head = b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n"
    paths = [b"/healthz", b"/v1/terms", b"/v1/terms", b"/readyz", b"/v1/terms"] * 2
    found = raw(
        port, b"".join(head % path for path in paths) + b"GET /fr/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    kinds = [
        b"alive" if b"alive" in part else b"ready" if b"release" in part else b"lists"
        for part in found.split(b"HTTP/1.1 200")[1:-1]
    ]
    assert kinds == [b"alive", b"lists", b"lists", b"ready", b"lists"] * 2
