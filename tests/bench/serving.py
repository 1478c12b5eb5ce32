"""Measure the server alone and behind the shipped nginx beside bare nginx: the same core, the same bytes, in turn."""

from __future__ import annotations

import random
import selectors
import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from carreau.base.schema.bundle import FILES, Manifest
from carreau.base.schema.parts import File
from carreau.site.content_store import ContentStore
from carreau.site.releases import read_current, swap, with_release_id
from tests.bench.checking import held
from tests.bench.large_bundle import make_large
from tests.bench.load import Load, Server, ask, bare_nginx, behind_nginx, load_server, median, missing, ours
from tests.bench.publishing import publish_catalogue

ROUNDS, SECONDS = 3, 3
LEAST_JSON = {"alone": 0.2, "behind the shipped nginx": 0.75}
LEAST_FILE = {"alone": 0.35, "behind the shipped nginx": 0.8}
"""CPU per request of bare nginx by that of each shape, where all are saturated."""
LEAST_BUSY = 0.95
"""Of its core, for a server to count as saturated: one that waits wakes up for each request, which costs more."""
JSON_BYTES, MODEL_BYTES = 5_000, 2_000_000
PACE_MS = (10, 50)
"""Of each of 64 connections: about 2,000 questions a second, which neither server is full with."""

SLOW, MILLION, LARGE = 1000, 1_000_000, 5000
MOST_START_S, MOST_RESIDENT_MB = 1.0, 120.0
_MOST_GROWTH_MB = 5.0


def serve_catalogue(work: Path, models: Path, bundle: Path | None = None, asked: int = MILLION) -> list[str]:
    """Return how the server compares, with the real catalogue and with a made-up one of 5,000 sites.

    work : folder for bundles; models : see `publish_catalogue`
    bundle : a real one, where there is one
    asked : questions that memory is looked at over
    """
    if absent := missing():
        return [f"the server was not measured; missing: {', '.join(absent)}"]
    if bundle is None:
        publish_catalogue(work, models)
        bundle = work / "bundle"
    large = make_large(bundle, LARGE, work / "large")
    notes = _beside_nginx("the real catalogue", *_with_model(bundle), work)
    notes += _beside_nginx(f"a generated catalogue of {LARGE:,} sites", *_with_model(large), work)
    return [*notes, _slow_clients(large), _steady(large, asked)]


def _with_model(bundle: Path) -> tuple[Path, str, File, File]:
    """Return a bundle, the address of an answer of about 5 KB with its file, and a model of 2 MB, added to it."""
    manifest = read_current(bundle)
    assert manifest is not None
    files = {file.sha256: file for file in manifest.files}
    answers = [each for each in manifest.answers if each.path.startswith("/v1/sites/") and each.lang]
    answers = [each for each in answers if files[each.sha256].ext == "json"]
    nearest = min(answers, key=lambda each: abs(files[each.sha256].bytes - JSON_BYTES))
    model = _model(bundle, manifest)
    return bundle, f"{nearest.path}?lang={nearest.lang}", files[nearest.sha256], model


def _model(bundle: Path, manifest: Manifest) -> File:
    """Return a file of 2 MB that nothing compresses; the manifest names it, the database of the server, too."""
    glbs = [file for file in manifest.files if file.ext == "glb"]
    near = min(glbs, key=lambda file: abs(file.bytes - MODEL_BYTES), default=None)
    if near is not None and MODEL_BYTES / 2 < near.bytes < MODEL_BYTES * 2:
        return near
    store = ContentStore(bundle)
    model = store.add_bytes(random.Random(5).randbytes(MODEL_BYTES), "glb")
    path = bundle / FILES / f"{manifest.database}.sqlite"
    copy = bundle / "with-model.sqlite"
    copy.write_bytes(path.read_bytes())
    database = sqlite3.connect(copy)
    row = (model.sha256, model.ext, model.media_type, model.bytes, model.brotli_bytes, model.gzip_bytes)
    database.execute("INSERT OR IGNORE INTO file VALUES (?, ?, ?, ?, ?, ?)", row)
    database.commit()
    database.close()
    put = store.add_bytes(copy.read_bytes(), "sqlite")
    copy.unlink()
    listed = tuple(file for file in manifest.files if file.ext != "sqlite")
    changes = {"files": (*listed, model, put), "database": put.sha256}
    swap(bundle, with_release_id(manifest.model_copy(update=changes)))
    return model


def _beside_nginx(what: str, bundle: Path, address: str, answer: File, model: File, work: Path) -> list[str]:
    """Compare the two shapes that are run with bare nginx, which sends the same bytes from disk."""
    with (
        bare_nginx(bundle, work / "bare", f"/{answer.path}") as bare,
        ours(bundle) as alone,
        behind_nginx(bundle, work) as shipped,
    ):
        servers = {"bare nginx": bare, "alone": alone, "behind the shipped nginx": shipped}
        paths = {
            f"JSON of {answer.bytes / 1e3:.1f} kB": (address, f"/{answer.path}", LEAST_JSON),
            f"a file of {model.bytes / 1e6:.1f} MB": (f"/{model.path}", f"/{model.path}", LEAST_FILE),
        }
        notes = [
            _compared(f"{what}, {kind}", servers, {**dict.fromkeys(servers, own), "bare nginx": plain}, least)
            for kind, (own, plain, least) in paths.items()
        ]
        resident = alone.resident_bytes / 1e6
        notes.append(
            f"{what}: ready after {alone.start_s:.2f} s ({held(alone.start_s, MOST_START_S)} {MOST_START_S:.0f} s), "
            f"{resident:.0f} MB resident memory ({held(resident, MOST_RESIDENT_MB)} {MOST_RESIDENT_MB:.0f} MB)"
        )
    return notes


def _compared(what: str, servers: Mapping[str, Server], paths: Mapping[str, str], least: Mapping[str, float]) -> str:
    """Load servers in turn, so that what else the machine does is shared out between them."""
    full: dict[str, list[Load]] = {name: [] for name in servers}
    paced: dict[str, list[Load]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, server in servers.items():
            full[name].append(load_server(server, paths[name], SECONDS))
            paced[name].append(load_server(server, paths[name], SECONDS, PACE_MS))
    cpu = {name: median(loads).cpu_us for name, loads in full.items()}
    busy = {name: median(loads).busy for name, loads in full.items()}
    calm = {name: median(loads) for name, loads in paced.items()}
    parts = [f"bare nginx {cpu['bare nginx']:.0f} µs of CPU per request, p99 {calm['bare nginx'].p99_s * 1e3:.2f} ms"]
    for name, limit in least.items():
        ratio = cpu["bare nginx"] / cpu[name]
        parts.append(
            f"{name} {cpu[name]:.0f} µs, {ratio:.2f} of nginx ({_least(ratio, limit)}), p99 "
            f"{calm[name].p99_s * 1e3:.2f} ms"
        )
    failed = sum(load.failed for loads in (*full.values(), *paced.values()) for load in loads)
    idle = ", ".join(f"{name} worked {share:.0%} of the time" for name, share in busy.items() if share < LEAST_BUSY)
    parts.append(f"NOT SATURATED: {idle}" if idle else "all saturated")
    rate = calm["bare nginx"].per_s
    return f"{what}: {'; '.join(parts)} (p99 at {rate:,.0f} requests/s; {failed} failed)"


def _least(ratio: float, limit: float) -> str:
    return f"at least {limit}" if ratio >= limit else f"SHORT OF {limit}"


def _slow_clients(bundle: Path) -> str:
    """Let a thousand clients take a model as slowly as they like, and ask quickly beside them."""
    bundle, address, _, model = _with_model(bundle)
    with ours(bundle) as server, _held(server, f"/{model.path}") as clients:
        fast = ask(server.url(address), 2 * SECONDS)
        kept = sum(_is_open(client) for client in clients)
        return (
            f"{kept:,} of {SLOW:,} slow clients connected, {fast.failed} of {fast.requests:,} fast requests failed "
            f"meanwhile ({fast.per_s:,.0f} per second, p99 {fast.p99_s * 1e3:.0f} ms); "
            f"{server.resident_bytes / 1e6:.0f} MB"
        )


@contextmanager
def _held(server: Server, path: str) -> Iterator[list[socket.socket]]:
    """Open many connections that ask for a file and take a little of it."""
    clients = list[socket.socket]()
    try:
        for _ in range(SLOW):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", server.port))
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            clients.append(client)
        for client in clients:
            client.recv(500)
        yield clients
    finally:
        for client in clients:
            client.close()


def _is_open(client: socket.socket) -> bool:
    """Say whether a connection still brings bytes."""
    with selectors.DefaultSelector() as waiting:
        waiting.register(client, selectors.EVENT_READ)
        try:
            return bool(waiting.select(timeout=5)) and bool(client.recv(1000))
        except OSError:
            return False


def _steady(bundle: Path, asked: int) -> str:
    """Ask very often, and see whether memory stays."""
    bundle, address, _, _ = _with_model(bundle)
    with ours(bundle) as server:
        warm = ask(server.url(address), SECONDS)
        done, failed, before = warm.requests, warm.failed, server.resident_bytes
        while done < asked:
            found = ask(server.url(address), 20)
            done, failed = done + found.requests, failed + found.failed
        grown = (server.resident_bytes - before) / 1e6
        flat = "flat" if grown < _MOST_GROWTH_MB else "NOT FLAT"
        return (
            f"memory over {done:,} requests: {before / 1e6:.1f} MB after the first {warm.requests:,}, {grown:+.1f} MB "
            f"at the end, {flat}; {failed} failed"
        )
