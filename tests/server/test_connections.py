"""Connections: whole responses to slow readers, limits for clients that send or read too slowly, and no leaks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from carreau_server import uvicorn_server
from carreau_server.app import create_app
from carreau_server.settings import Settings
from carreau_server.uvicorn_server import MAX_HEADER_BYTES, bind, create_server
from tests.server.asking import of_server, served
from tests.waiting import wait_until

HEAD = "GET /a/{} HTTP/1.1\r\nhost: x\r\n\r\n"
needs_user_timeout = pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux drops connections whose client stops reading"
)


@contextlib.contextmanager
def running(bundle: Path, settings: Settings | None = None) -> Iterator[tuple[int, uvicorn.Server]]:
    """Run a server in this process; yield its port and itself."""
    server, listener = create_server(create_app(settings or Settings(bundle))), bind("127.0.0.1", 0)
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
    with running(bundle) as port_and_server:
        yield port_and_server


def largest(bundle: Path) -> Path:
    return max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)


def slow_client(port: int) -> socket.socket:
    """Return a connection that takes a few kB at a time."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    return connection


def resident_kb(pid: int) -> int:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])


def test_a_slow_reader_gets_all_of_it_and_then_the_next_response(port: int, bundle: Path) -> None:
    path = largest(bundle)
    content, received = path.read_bytes(), b""
    with slow_client(port) as connection:
        connection.sendall((HEAD.format(path.name) * 2 + HEAD.format("nothing.glb")).encode())
        while b"HTTP/1.1 404" not in received[-4000:]:
            more = connection.recv(3000)
            assert more, "the server closed the connection before the last response"
            received += more
    for _ in range(2):
        head, received = received.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200")
        assert received.startswith(content)
        received = received[len(content) :]
    assert received.startswith(b"HTTP/1.1 404")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux lists them")
def test_clients_that_disconnect_leave_nothing_open_and_no_traceback(
    own: tuple[int, uvicorn.Server], bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def descriptors() -> int:
        return len([*Path("/proc/self/fd").iterdir()])

    port, server = own
    path = largest(bundle)
    ask = of_server(port)
    ask(f"/a/{path.name}")
    before = descriptors()
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            with slow_client(port) as connection:
                connection.sendall((HEAD.format(path.name) * 32).encode())
                connection.recv(1000)

        def is_clean() -> bool:
            ask("/healthz", connection="close")
            return not server.server_state.connections and descriptors() <= before

        wait_until(is_clean, "everything is closed")
    assert not [record for record in caplog.records if record.exc_info or "Traceback" in record.getMessage()]
    assert ask(f"/a/{path.name}").body == path.read_bytes()


@needs_user_timeout
@pytest.mark.parametrize("target", ["largest", "/v1/sites", "/v1/terms"])
def test_clients_that_stop_reading_are_cut_off(bundle: Path, monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    """Also where fewer bytes are left than what a transport calls too many: the kernel does it."""
    monkeypatch.setattr(uvicorn_server, "STALL_TIMEOUT_S", 0.3)
    path = f"/a/{largest(bundle).name}" if target == "largest" else target
    request = f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode()
    with running(bundle) as (port, server), slow_client(port) as connection:
        ask = of_server(port)
        with contextlib.suppress(ConnectionError):
            for _ in range(5000):
                connection.sendall(request * 10)
                ask("/healthz", connection="close")
                if any(each.transport.get_write_buffer_size() for each in tuple(server.server_state.connections)):
                    break

        def is_dropped() -> bool:
            ask("/healthz", connection="close")
            return not server.server_state.connections

        wait_until(is_dropped, "the server drops the connection")


def test_four_thousand_pipelined_requests_that_nobody_reads_stay_small(bundle: Path) -> None:
    path = largest(bundle)
    with served(bundle, "--no-access-log") as (port, process), slow_client(port) as connection:
        ask = of_server(port)
        ask(f"/a/{path.name}")
        connection.setblocking(False)
        left = (HEAD.format(path.name) * 4000).encode()
        for _ in range(300):
            with contextlib.suppress(BlockingIOError):
                left = left[connection.send(left) :]
            assert ask("/healthz", connection="close").status == 200
            assert resident_kb(process.pid) < 256_000
            if not left:
                break


def test_many_slow_readers_do_not_hold_up_others(bundle: Path) -> None:
    path, slow = largest(bundle), []
    with served(bundle, "--no-access-log") as (port, process):
        for _ in range(60):
            connection = slow_client(port)
            connection.sendall(HEAD.format(path.name).encode())
            slow.append(connection)
        ask = of_server(port)
        assert {ask("/v1/sites/fosse-mathilde").status for _ in range(50)} == {200}
        assert ask(f"/a/{path.name}").body == path.read_bytes()
        assert resident_kb(process.pid) < 120_000
        for connection in slow:
            connection.close()


@pytest.mark.parametrize("started", [b"", b"GET / HTT", b"GET / HTTP/1.1\r\nhost: x\r\n"])
def test_clients_that_do_not_finish_their_headers_are_cut_off(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, started: bytes
) -> None:
    monkeypatch.setattr(uvicorn_server, "HEADER_TIMEOUT_S", 0.05)
    with running(bundle) as (port, _), socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(started)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            received = connection.recv(65536)
    assert received == b""


def test_more_connections_than_the_limit_are_sent_away(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_server, "MAX_CONNECTIONS", 2)
    with running(bundle) as (port, _), socket.create_connection(("127.0.0.1", port), timeout=20):
        assert of_server(port)("/healthz", connection="close").status == 503


def test_headers_that_arrive_slowly_after_a_response_are_cut_off_too(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uvicorn_server, "HEADER_TIMEOUT_S", 0.2)
    with running(bundle) as (port, _), socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /hea")
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65536):
                received += more
    assert received.count(b"HTTP/1.1 200") == 1


class Recorder(asyncio.Protocol):
    """Stands for uvicorn's protocol, and keeps what it is passed."""

    def __init__(self) -> None:
        self.received = b""
        self.calls: list[str] = []

    def data_received(self, data: bytes) -> None:
        self.received += data

    def pause_writing(self) -> None:
        self.calls.append("pause")

    def resume_writing(self) -> None:
        self.calls.append("resume")

    def eof_received(self) -> bool:
        self.calls.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.calls.append("lost")


class FakeTransport(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.is_closed, self.is_aborted = b"", False, False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_aborted = True

    def is_closing(self) -> bool:
        return self.is_closed or self.is_aborted


def limited(
    monkeypatch: pytest.MonkeyPatch, *pieces: bytes, is_lost: bool = True, is_late: bool = False
) -> tuple[Recorder, FakeTransport]:
    """Pass pieces of data to the limits, end the connection, and let every timeout pass."""

    async def run() -> tuple[Recorder, FakeTransport]:
        recorder, transport = Recorder(), FakeTransport()
        monkeypatch.setattr(uvicorn_server, "import_from_string", lambda _: lambda: recorder)
        protocol = uvicorn_server.LimitedHttpProtocol()
        protocol.connection_made(transport)
        for piece in pieces:
            protocol.data_received(piece)
        if is_lost:
            protocol.pause_writing()
            protocol.resume_writing()
            assert protocol.eof_received()
            protocol.connection_lost(None)
        if is_late:
            await asyncio.sleep(0.01)
        return recorder, transport

    if is_late:
        monkeypatch.setattr(uvicorn_server, "HEADER_TIMEOUT_S", 0)
    return asyncio.run(run())


def headers(size: int) -> bytes:
    """Return the headers of a request, with an end, of so many bytes without it."""
    start = b"GET / HTTP/1.1\r\nx: "
    return start + b"y" * (size - len(start)) + b"\r\n\r\n"


@pytest.mark.parametrize("cut", [1, 20, MAX_HEADER_BYTES - 1, MAX_HEADER_BYTES + 1, MAX_HEADER_BYTES + 3])
def test_headers_up_to_the_limit_pass_in_any_pieces(monkeypatch: pytest.MonkeyPatch, cut: int) -> None:
    data = headers(MAX_HEADER_BYTES)
    recorder, transport = limited(monkeypatch, data[:cut], data[cut:], data)
    assert recorder.received == data * 2
    assert not transport.is_closing()


def test_headers_over_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for pieces in ((headers(MAX_HEADER_BYTES + 1),), (b"GET /", b"y" * MAX_HEADER_BYTES)):
        recorder, transport = limited(monkeypatch, *pieces, b"more")
        assert transport.written.startswith(b"HTTP/1.1 431 ")
        assert (transport.is_closed, b"header-fields-too-large" in transport.written) == (True, True)
        head, body = transport.written.split(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(body) in head
        assert len(recorder.received) <= 5
    # A response to an earlier request may be on its way, and nothing may be written into it.
    recorder, transport = limited(monkeypatch, headers(99), b"GET /" + b"y" * MAX_HEADER_BYTES)
    assert (transport.written, transport.is_aborted, recorder.received) == (b"", True, headers(99))
    recorder, transport = limited(monkeypatch, headers(99) + headers(MAX_HEADER_BYTES + 1))
    assert (transport.is_closing(), recorder.received) == (True, b"")


def test_an_unfinished_header_of_the_limit_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    size = MAX_HEADER_BYTES + 3  # of which the last ones may belong to the end
    recorder, transport = limited(monkeypatch, b"GET /" + b"y" * (size - 5))
    assert (len(recorder.received), transport.is_closing()) == (size, False)
    _, transport = limited(monkeypatch, b"GET /" + b"y" * (size - 4))
    assert transport.is_closed


@pytest.mark.parametrize(
    "line", [b"Content-Length: 9", b"content-length:\t0009 ", b"CONTENT-LENGTH :9", b"Transfer-Encoding: chunked"]
)
def test_a_body_is_no_header_however_long_and_whatever_is_in_it(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    head, body = b"POST / HTTP/1.1\r\nhost: x\r\n" + line + b"\r\n\r\n", b"y\r\n\r\n" + b"y" * MAX_HEADER_BYTES
    cases = [head + body], [head, body, body], [headers(99) + head[:30], head[30:] + body]
    for pieces in cases:
        recorder, transport = limited(monkeypatch, *pieces)
        assert (transport.written, transport.is_closing()) == (b"", False)
        assert recorder.received == b"".join(pieces)[: b"".join(pieces).index(head) + len(head)]


@pytest.mark.parametrize("line", [b"Content-Length: 0", b"x-content-length: 9", b"x: content-length: 9"])
def test_headers_after_a_request_without_a_body_are_limited(monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    head = b"GET / HTTP/1.1\r\nhost: x\r\n" + line + b"\r\n\r\n"
    recorder, transport = limited(monkeypatch, head, b"GET /" + b"y" * MAX_HEADER_BYTES)
    assert (recorder.received, transport.is_aborted) == (head, True)


def test_a_client_that_sends_a_body_gets_its_response_and_is_cut_off(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection closed while bytes arrive is reset, and the response lost with it; a body may also never end."""
    monkeypatch.setattr(uvicorn_server, "LINGER_S", 0.2)
    with running(bundle) as (port, server), socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n")
        connection.sendall(b"y" * 2_000_000)
        received = b""
        while more := connection.recv(65536):
            received += more
        assert received.startswith(b"HTTP/1.1 413 ")
        assert b"content-too-large" in received

        def is_cut_off() -> bool:
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"y")
                return False
            return True

        wait_until(is_cut_off, "the connection is reset")
        wait_until(lambda: not server.server_state.connections, "the server forgets it")


def test_small_requests_one_after_the_other_are_not_long_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    data = headers(99) * 400
    recorder, transport = limited(monkeypatch, data)
    assert (recorder.received == data, transport.is_closing()) == (True, False)


@pytest.mark.parametrize(
    ("pieces", "is_aborted"),
    [
        ((), True),
        ((headers(99),), False),
        ((headers(99)[:9], headers(99)[9:]), False),
        ((headers(99), b"GET"), True),
        ((headers(MAX_HEADER_BYTES + 1),), False),
    ],
    ids=["nothing", "whole", "in pieces", "the next one begun", "refused"],
)
def test_only_headers_that_are_on_their_way_time_out(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...], is_aborted: bool
) -> None:
    assert limited(monkeypatch, *pieces, is_lost=False, is_late=True)[1].is_aborted is is_aborted
    assert not limited(monkeypatch, *pieces, is_late=True)[1].is_aborted


def test_what_happens_to_a_connection_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limited(monkeypatch, headers(99))[0].calls == ["pause", "resume", "eof", "lost"]


def test_urls_outside_ascii_are_percent_encoded_and_headers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    request = "GET /é?q=é HTTP/1.1\r\nx: é\r\n\r\n".encode()
    recorder, _ = limited(monkeypatch, request * 2)
    assert recorder.received == "GET /%C3%A9?q=%C3%A9 HTTP/1.1\r\nx: é\r\n\r\n".encode() * 2
    pieces = b"GET / HTTP/1.1\r\nx: ", "A é\r\ny: B é\r\n\r\n".encode()
    for cut in (pieces, [b"".join(pieces)]):
        assert limited(monkeypatch, *cut)[0].received == b"".join(pieces)


def test_the_app_alone_decides_which_proxy_is_trusted(bundle: Path) -> None:
    """uvicorn would take `X-Forwarded-For` from this machine, whatever the settings are."""
    settings = Settings(bundle, requests_per_s=0.001, burst=1, trusted_proxies=("203.0.113.1",))
    with running(bundle, settings) as (port, _):
        ask = of_server(port)
        statuses = [ask("/v1/terms", x_forwarded_for=address).status for address in ("192.0.2.1", "198.51.100.7")]
    assert statuses == [200, 429], "both are requests of one client, whoever it claims to be"
