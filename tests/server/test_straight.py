"""A file that is kept goes straight to the connection: whole to whoever is slow, and not at all to whoever is gone."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from server import connections, straight
from server.listening import listen
from server.serving import server_of
from server.settings import Settings
from server.stream import Stream
from tests.server import bundles
from tests.server.asking import of_server

HEAD = "GET /a/{} HTTP/1.1\r\nhost: x\r\n\r\n"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[tuple[int, uvicorn.Server]]:
    server, listener = server_of(Settings(folder)), listen("127.0.0.1", 0)
    listener.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1], server
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def own(bundle: Path) -> Iterator[tuple[int, uvicorn.Server]]:
    """The port of a server in this process, and itself."""
    with running(bundle) as found:
        yield found


def largest(bundle: Path) -> Path:
    return max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def test_the_app_is_asked_once(own: tuple[int, uvicorn.Server], bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, asked = largest(bundle), list[int]()
    sent = Stream.__call__

    async def _count(self: Stream, *values: object) -> None:
        asked.append(1)
        await sent(self, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(Stream, "__call__", _count)
    ask = of_server(own[0])
    replies = [ask(f"/a/{path.name}", connection="keep-alive") for _ in range(4)]
    assert len(asked) == 1
    assert {reply.body for reply in replies} == {path.read_bytes()}
    first, *others = [{**reply.headers, "x-request-id": "", "date": ""} for reply in replies]
    assert all(other == first for other in others)
    assert ask(f"/a/{path.name}", "HEAD").headers["content-length"] == str(path.stat().st_size)
    assert ask(f"/a/{path.name}", if_none_match=replies[0].headers["etag"]).status == 304


def test_a_slow_reader_gets_all_of_it_and_then_what_it_asked_behind(
    own: tuple[int, uvicorn.Server], bundle: Path
) -> None:
    path = largest(bundle)
    content = path.read_bytes()
    of_server(own[0])(f"/a/{path.name}")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", own[0]))
        connection.sendall((HEAD.format(path.name) * 2 + HEAD.format("nothing.glb")).encode())
        found = b""
        while b"HTTP/1.1 404" not in found[-4000:]:
            found += connection.recv(3000)
    for _ in range(2):
        head, found = found.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200")
        assert found.startswith(content)
        found = found[len(content) :]
    assert found.startswith(b"HTTP/1.1 404")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux lists them")
@pytest.mark.parametrize("stall_s", [0.05, 60.0])
def test_who_is_gone_or_takes_nothing_costs_nothing(
    own: tuple[int, uvicorn.Server], bundle: Path, monkeypatch: pytest.MonkeyPatch, stall_s: float
) -> None:
    port, server = own
    path = largest(bundle)
    ask = of_server(port)
    ask(f"/a/{path.name}")
    monkeypatch.setattr(straight, "STALL_S", stall_s)
    before = descriptors()
    for _ in range(3):
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            connection.sendall((HEAD.format(path.name) * 32).encode())
            connection.recv(1000)
            while stall_s < 1 and server.server_state.connections:
                ask("/healthz", connection="close")  # until the server has let go of it
    while server.server_state.connections or descriptors() > before:
        ask("/healthz", connection="close")
    assert ask(f"/a/{path.name}").body == path.read_bytes()


def test_who_reads_no_document_is_cut_off(own: tuple[int, uvicorn.Server], monkeypatch: pytest.MonkeyPatch) -> None:
    port, server = own
    ask = of_server(port)
    ask("/v1/sites")
    monkeypatch.setattr(connections, "STALL_S", 0.05)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        # In small steps until the kernel takes no more: fewer bytes than what a transport calls too much are left.
        with contextlib.suppress(ConnectionError):
            for _ in range(5000):
                connection.sendall(b"GET /v1/sites HTTP/1.1\r\nhost: x\r\n\r\n" * 10)
                ask("/healthz", connection="close")
                if any(each.transport.get_write_buffer_size() for each in server.server_state.connections):
                    break
        while server.server_state.connections:
            ask("/healthz", connection="close")  # until the server has let go of it


def test_no_answer_is_cut_off_for_one_before_it(own: tuple[int, uvicorn.Server], bundle: Path) -> None:
    port, server = own
    path = largest(bundle)
    of_server(port)("/v1/terms")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", port))
        packet = "GET /v1/terms HTTP/1.1\r\nhost: x\r\n\r\n" + HEAD.format(path.name) * 8
        connection.sendall(packet.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        (ours,) = server.server_state.connections
        assert isinstance(ours, straight.Connection)
        assert ours.cycle is not None
        assert not ours.cycle.response_complete
        assert ours.timeout_keep_alive_task is None


@pytest.mark.parametrize("times", [0, 2])
def test_who_has_nothing_more_to_ask_gets_all_of_it(own: tuple[int, uvicorn.Server], bundle: Path, times: int) -> None:
    path = largest(bundle)
    for _ in range(times):
        of_server(own[0])(f"/a/{path.name}")
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", own[0]))
        connection.sendall((HEAD.format(path.name) * 3).encode())
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while more := connection.recv(1 << 16):
            found += more
    assert found.count(path.read_bytes()) == 3


def test_a_file_that_was_lost_is_said_by_the_app(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    path = largest(tmp_path)
    with running(tmp_path) as (port, _):
        ask = of_server(port)
        assert ask(f"/a/{path.name}").status == 200
        path.write_bytes(path.read_bytes()[:-1])
        assert ask(f"/a/{path.name}").status == 503
        assert ask("/healthz").status == 200
