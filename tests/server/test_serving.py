"""`python -m server BUNDLE` starts at once, stays small, and ends well."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from server import connections, straight
from server.listening import listen
from server.serving import server_of
from server.settings import Settings
from tests.server.asking import PROJECT, of_server, served

PROBE = """
import sys, time
begun = time.process_time()
from pathlib import Path
from server.serving import server_of
from server.settings import Settings
server_of(Settings(Path(sys.argv[1])))
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peaks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
print(time.process_time() - begun, *(peaks or ["0"]))
print(*sorted(sys.modules))
"""


def test_the_server_is_light(bundle: Path) -> None:
    command = [sys.executable, "-c", PROBE, str(bundle)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT)
    numbers, modules = done.stdout.splitlines()
    seconds, peak_kb = map(float, numbers.split())
    assert peak_kb < 120_000
    assert seconds < 3  # of processor time, on whatever machine; a second on ours
    loaded = modules.split()
    assert "numpy" not in loaded
    ours = {name for name in loaded if name.startswith("pipeline")}
    assert {name for name in ours if not name.startswith("pipeline.manifest")} == {"pipeline"}


def test_a_rotten_bundle_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    command = [sys.executable, "-m", "server", str(tmp_path), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, timeout=60)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "manifest.json" in done.stderr


def test_the_log_is_a_line_of_json_a_request(bundle: Path) -> None:
    with served(bundle) as (port, process):
        ask = of_server(port)
        for path in ("/fr/", "/fr/", "/v1/search?q=somebody", "/nowhere"):
            ask(path)
        process.send_signal(signal.SIGTERM)
        written, _ = process.communicate(timeout=60)
    lines = [json.loads(line) for line in written.splitlines()]
    assert [(line["path"], line["status"]) for line in lines] == [
        *[("/fr/", 200)] * 2,
        ("/v1/search", 200),
        ("/nowhere", 404),
    ]
    assert {line["client"] for line in lines} == {"127.0.0.0/24"}
    assert "somebody" not in written


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_answer_in_flight_is_finished_before_the_end(bundle: Path, number: signal.Signals) -> None:
    path = max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    with served(bundle, "--no-access-log") as (port, process), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", port))
        connection.sendall(f"GET /a/{path.name} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        found = connection.recv(1000)
        process.send_signal(number)
        while more := connection.recv(1 << 20):
            found += more
        assert found.split(b"\r\n\r\n", 1)[1] == path.read_bytes()
        process.wait(30)
    assert process.returncode in (0, -number)


def test_slow_readers_do_not_hold_up_others(bundle: Path) -> None:
    path = max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    slow = []
    with served(bundle, "--no-access-log") as (port, process):
        for _ in range(60):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            connection.sendall(f"GET /a/{path.name} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
            slow.append(connection)
        ask = of_server(port)
        assert {ask("/v1/sites/fosse-mathilde").status for _ in range(50)} == {200}
        assert ask(f"/a/{path.name}").body == path.read_bytes()
        memory = Path(f"/proc/{process.pid}/status")
        if memory.exists():
            (line,) = [line for line in memory.read_text().splitlines() if line.startswith("VmRSS")]
            assert int(line.split()[1]) < 120_000
        for connection in slow:
            connection.close()


def test_a_connection_stays_open_for_the_next_request(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path in ("/fr/", "/fr/", "/v1/terms", "/nowhere", "/fr/"):
        connection.request("GET", path)
        first = connection.sock
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


@pytest.fixture
def impatient(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, uvicorn.Server]]:
    """A server in this process that waits for nobody, and its port."""
    monkeypatch.setattr(connections, "HEAD_S", 0.05)
    monkeypatch.setattr(connections, "STALL_S", 0.05)
    monkeypatch.setattr(straight, "STALL_S", 0.05)
    server, listener = server_of(Settings(bundle)), listen("127.0.0.1", 0)
    listener.listen()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[1], server
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("begun", [b"", b"GET / HTT", b"GET / HTTP/1.1\r\nhost: x\r\n"])
def test_whoever_does_not_say_what_it_wants_is_cut_off(impatient: tuple[int, uvicorn.Server], begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", impatient[0]), timeout=20) as connection:
        connection.sendall(begun)
        found = b""
        with contextlib.suppress(ConnectionResetError):
            found = connection.recv(65536)
    assert found == b""


def test_whoever_takes_nothing_is_cut_off(impatient: tuple[int, uvicorn.Server], bundle: Path) -> None:
    path = max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    (port, server), times = impatient, 64  # far more than a kernel keeps for a connection
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", port))
        connection.sendall(f"GET /a/{path.name} HTTP/1.1\r\nhost: x\r\n\r\n".encode() * times)
        ask = of_server(port)
        assert ask("/healthz").status == 200  # by then the server has the connection
        while server.server_state.connections:
            ask("/healthz", connection="close")  # until the server let go of it
        size, more = 0, b"begun"
        with contextlib.suppress(ConnectionResetError):
            while more:
                more = connection.recv(1 << 20)
                size += len(more)
    assert size < times * path.stat().st_size


def test_large_answers_behind_each_other_are_whole(port: int, bundle: Path) -> None:
    paths = sorted(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)[-3:] * 2
    lines = [f"GET /a/{path.name} HTTP/1.1\r\nhost: x\r\n" for path in paths]
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(("\r\n".join(lines) + "connection: close\r\n\r\n").encode())
        found = b""
        while more := connection.recv(1 << 20):
            found += more
    for path in paths:
        head, found = found.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 200")
        content = path.read_bytes()
        assert found[: len(content)] == content
        found = found[len(content) :]
    assert found == b""
