"""`python -m carreau_server BUNDLE` starts at once, stays small, and ends well."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from carreau_server import uvicorn_server
from carreau_server.app import create_app
from carreau_server.settings import Settings
from carreau_server.uvicorn_server import bind, create_server
from tests.server.asking import PROJECT, of_server, served
from tests.waiting import wait_until

PROBE = """
import sys, time
begun = time.process_time()
from pathlib import Path
from carreau_server.app import create_app
from carreau_server.uvicorn_server import create_server
from carreau_server.settings import Settings
create_server(create_app(Settings(Path(sys.argv[1]))))
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peaks = [line.split()[1] for line in lines if line.startswith("VmHWM")]
print(time.process_time() - begun, *(peaks or ["0"]))
print(*sorted(sys.modules))
"""


LIGHT = {"carreau", "carreau.base", "carreau.exports", "carreau.exports.formats"}
LIGHT |= {
    "carreau.base.errors",
    "carreau.base.languages",
    "carreau.base.levels",
    "carreau.base.messages",
    "carreau.base.package_folders",
}
"""What the server imports of the pipeline beside the schema: tables, and what these need."""


def test_the_server_is_light(bundle: Path) -> None:
    command = [sys.executable, "-c", PROBE, str(bundle)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=PROJECT)
    numbers, modules = done.stdout.splitlines()
    seconds, peak_kb = map(float, numbers.split())
    assert peak_kb < 120_000
    assert seconds < 3  # of processor time, on whatever machine; a second on ours
    loaded = modules.split()
    assert "numpy" not in loaded
    ours = {name for name in loaded if name.startswith("carreau.") or name == "carreau"}
    assert {name for name in ours if not name.startswith("carreau.base.schema")} == LIGHT


def test_a_rotten_bundle_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    command = [sys.executable, "-m", "carreau_server", str(tmp_path), "--port", "0"]
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
    assert "somebody" not in written
    assert "127.0.0" not in written


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
        _, errors = process.communicate(timeout=30)
    assert process.returncode in (0, -number)
    assert "Traceback" not in errors


def test_a_connection_stays_open_for_the_next_request(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for path in ("/fr/", "/fr/", "/v1/terms", "/nowhere", "/fr/"):
        connection.request("GET", path)
        first = connection.sock
        connection.getresponse().read()
        assert connection.sock is first
    connection.close()


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


def occupied() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def test_an_occupied_port_is_an_error_where_it_was_asked_for(bundle: Path) -> None:
    with occupied() as listener:
        number = str(listener.getsockname()[1])
        command = [sys.executable, "-m", "carreau_server", str(bundle), "--port", number]
        done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, timeout=60)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert f"--port {number}" in done.stderr


def test_the_default_port_moves_on_where_it_is_occupied() -> None:
    with occupied() as listener:
        number = listener.getsockname()[1]
        with bind("127.0.0.1", None, number) as other:
            assert number < other.getsockname()[1] < number + 20


def test_a_port_is_what_was_asked_for_or_one_of_the_next_few(monkeypatch: pytest.MonkeyPatch) -> None:
    with bind("127.0.0.1", 0) as listener:
        assert listener.getsockname()[1] not in range(8000, 8020)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
    monkeypatch.setattr(uvicorn_server, "_PORT_TRIES", 1)
    with occupied() as listener, pytest.raises(SystemExit, match=r"no free port from .* choose one with --port"):
        bind("127.0.0.1", None, listener.getsockname()[1])


@pytest.mark.skipif(not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists(), reason="there is no IPv6")
def test_an_address_of_ipv6_stands_in_brackets(bundle: Path) -> None:
    command = [sys.executable, "-m", "carreau_server", str(bundle), "--host", "::1", "--port", "0", "--no-access-log"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        try:
            assert process.stderr is not None
            address = re.search(r"http://\[::1\]:(\d+)/", process.stderr.readline())
            assert address is not None
            connection = http.client.HTTPConnection("::1", int(address[1]), timeout=30)
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
            connection.close()
        finally:
            process.terminate()


def test_nonsense_is_not_logged(bundle: Path) -> None:
    with served(bundle, "--no-access-log") as (port, process):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 400")
        process.terminate()
        _, errors = process.communicate(timeout=60)
    assert errors == ""


class Connection:
    """A connection of which so many bytes wait for the client."""

    def __init__(self, size: int) -> None:
        self.transport, self.size = self, size

    def get_write_buffer_size(self) -> int:
        return self.size


@pytest.mark.parametrize(
    ("grace_s", "in_flight", "waiting", "is_forced", "stops"),
    [
        (99, 0, 0, False, True),
        (99, 1, 0, False, False),
        (99, 0, 1, False, False),
        (99, 1, 0, True, True),
        (0, 1, 0, False, True),
    ],
    ids=["idle", "in flight", "not read yet", "forced", "grace over"],
)
def test_a_server_stops_when_all_is_answered_or_its_grace_is_over(
    bundle: Path, grace_s: float, in_flight: int, waiting: int, is_forced: bool, stops: bool
) -> None:
    server = create_server(create_app(Settings(bundle)), grace_s)
    state = server.config.app.state.app_state  # type: ignore[union-attr]
    server.server_state.connections = {Connection(waiting)}  # type: ignore[arg-type]
    state.in_flight = in_flight

    async def ticks() -> list[bool]:
        before = await server.on_tick(1)
        assert not state.is_draining
        server.should_exit, server.force_exit = True, is_forced
        return [before, await server.on_tick(2), await server.on_tick(3)]

    assert asyncio.run(ticks()) == [False, stops, stops]
    assert state.is_draining


def test_the_limit_of_open_files_is_raised(bundle: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = len([*Path("/proc/self/fd").iterdir()]) + 64 if Path("/proc/self/fd").exists() else 256
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, limits[1]))
        uvicorn_server._raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > few
        raised = resource.getrlimit(resource.RLIMIT_NOFILE)
        uvicorn_server._raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == raised
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, limits[1]))
        with served(bundle, "--no-access-log") as (_, process):
            path = Path(f"/proc/{process.pid}/limits")
            found = re.search(r"Max open files +(\d+)", path.read_text()) if path.exists() else None
            assert found is None or int(found[1]) > few
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_after_sigterm_health_checks_are_answered_until_requests_in_flight_have_ended(bundle: Path) -> None:
    path = max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    with served(bundle, "--no-access-log", "--grace", "30") as (port, process), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", port))
        # More than the kernel takes for a connection that nobody reads.
        connection.sendall(f"GET /a/{path.name} HTTP/1.1\r\nhost: x\r\n\r\n".encode() * 9)
        received, ask = connection.recv(1000), of_server(port)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: ask("/readyz").status != 200, "the server shuts down")
        draining = ask("/readyz", accept_language="en")
        assert (draining.status, draining.json()["code"]) == (503, "shutting-down")
        assert (ask("/healthz").status, ask("/healthz").headers["connection"]) == (200, "close")
        while more := connection.recv(1 << 20):
            received += more
        process.wait(30)
    heads_and_bodies = received.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert heads_and_bodies
    assert {part.split(b"\r\n\r\n", 1)[1] == path.read_bytes() for part in heads_and_bodies} == {True}
    assert b"connection: close" in heads_and_bodies[-1].split(b"\r\n\r\n", 1)[0]


def test_the_grace_ends_requests_that_do_not_and_leaves_no_traceback(bundle: Path) -> None:
    path = max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    with served(bundle, "--no-access-log", "--grace", "0.2") as (port, process), socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(f"GET /a/{path.name} HTTP/1.1\r\nhost: x\r\n\r\n".encode() * 9)
        connection.recv(100)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
