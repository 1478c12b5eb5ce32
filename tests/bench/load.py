"""Run a server on one core, and load it from another: the app alone, behind the shipped nginx, or bare nginx."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.server.nginx import configured

PROGRAMS = ("nginx", "wrk", "taskset")
SERVER_CORE, CLIENT_CORE = "0", "1"
CONNECTIONS = 64
_START_S = 20.0
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}

_NGINX = """
user root;
worker_processes 1;
daemon off;
pid {work}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 10000000;
    open_file_cache max=10000;
    types {{ application/json json; model/gltf-binary glb; }}
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""
_PACED = """
function delay() return math.random({least}, {most}) end
"""


def missing() -> list[str]:
    """Return the programs that are not there, after asking Debian for them where we may."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(
            ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "nginx", "wrk", "util-linux"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return absent or (["a second core"] if len(os.sched_getaffinity(0)) < 2 else [])


@dataclass(frozen=True)
class Server:
    """A server that is up, all of whose processes run on one core.

    start_s : until it answered
    """

    process: subprocess.Popen[bytes]
    port: int
    start_s: float
    others: tuple[Server, ...] = ()

    def url(self, path: str) -> str:
        """Return the whole address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def resident_bytes(self) -> int:
        """Return its memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024

    @property
    def cpu_s(self) -> float:
        """Return the CPU time of all its processes, and of the servers behind it."""
        ticks = sum(_cpu_ticks(pid) for pid in _processes(self.process.pid))
        return ticks / os.sysconf("SC_CLK_TCK") + sum(other.cpu_s for other in self.others)


def _processes(pid: int) -> Iterator[int]:
    """Yield a process and those that it started."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _processes(int(child))


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


@contextmanager
def ours(bundle: Path) -> Iterator[Server]:
    """Serve a bundle with the app alone."""
    port = _free_port()
    command = [sys.executable, "-m", "carreau_server", str(bundle), "--port", str(port), "--no-access-log"]
    with _running(command, port, "/readyz") as server:
        yield server


@contextmanager
def behind_nginx(bundle: Path, work: Path) -> Iterator[Server]:
    """Serve a bundle as `server/deploy/` does: the shipped nginx before the app, with its log and its limits."""
    port, folder = _free_port(), work / "shipped"
    folder.mkdir(parents=True, exist_ok=True)
    with ours(bundle) as app:
        command = configured(folder, bundle, port, app.port, **{"worker_processes auto;": "worker_processes 1;"})
        with _running(command, port, "/readyz") as front:
            yield replace(front, others=(app,))


@contextmanager
def bare_nginx(root: Path, work: Path, ready: str) -> Iterator[Server]:
    """Serve the files of a folder, and nothing else.

    ready : path of one of them
    """
    port = _free_port()
    work.mkdir(parents=True, exist_ok=True)
    config = work / "nginx.conf"
    config.write_text(_NGINX.format(work=work, port=port, root=root))
    with _running(["nginx", "-p", str(work), "-e", "stderr", "-c", str(config)], port, ready) as server:
        yield server


@contextmanager
def _running(command: Sequence[str], port: int, ready: str) -> Iterator[Server]:
    started = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(f"http://127.0.0.1:{port}{ready}", process)
        yield Server(process, port, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(30)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(url, timeout=1):  # noqa: S310 - of this machine
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.005)
    raise TimeoutError(f"{url}: does not answer")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@dataclass(frozen=True)
class Load:
    """The result of a load.

    p99_s : that 99 of 100 responses took at most
    failed : errors and broken connections
    cpu_us : CPU time of the server per request, in microseconds
    busy : share of the time that the server's core worked; a server that waits for its client takes longer per request
    """

    requests: int
    per_s: float
    p99_s: float
    failed: int
    cpu_us: float = 0.0
    busy: float = 0.0


def ask(url: str, seconds: float, connections: int = CONNECTIONS, pause_ms: tuple[int, int] | None = None) -> Load:
    """Ask for one address over and over, on one core.

    pause_ms : least and most that each connection waits before it asks again; without it, not at all
    """
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--latency"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if pause_ms:
            # A file, and no pipe: wrk reads it once for itself and once for each thread.
            script.write(_PACED.format(least=pause_ms[0], most=pause_ms[1]))
            script.flush()
            command += ["-s", script.name]
        return parse(subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout)


def parse(said: str) -> Load:
    """Return what wrk's report says."""
    requests = re.search(r"(\d+) requests in", said)
    per_s = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", said)
    if requests is None or per_s is None or p99 is None:
        raise ValueError(f"wrk said something else: {said[:300]}")
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    failed = sum(map(int, errors.groups())) if errors else 0
    failed += int(wrong[1]) if wrong else 0
    return Load(int(requests[1]), float(per_s[1]), float(p99[1]) * _UNITS[p99[2]], failed)


def load_server(server: Server, path: str, seconds: float, pause_ms: tuple[int, int] | None = None) -> Load:
    """Ask a server for one path over and over, and count its CPU time."""
    before, began = server.cpu_s, time.perf_counter()
    load = ask(server.url(path), seconds, pause_ms=pause_ms)
    used, lasted = server.cpu_s - before, time.perf_counter() - began
    return replace(load, cpu_us=used / load.requests * 1e6, busy=used / lasted)


def median(loads: Sequence[Load]) -> Load:
    """Return the median of each figure of several rounds."""

    def middle(values: Iterable[float]) -> float:
        ordered = sorted(values)
        return ordered[(len(ordered) - 1) // 2]

    return Load(
        requests=sum(load.requests for load in loads),
        per_s=middle(load.per_s for load in loads),
        p99_s=middle(load.p99_s for load in loads),
        failed=sum(load.failed for load in loads),
        cpu_us=middle(load.cpu_us for load in loads),
        busy=middle(load.busy for load in loads),
    )
