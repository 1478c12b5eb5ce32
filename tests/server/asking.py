"""Ask an app, and a server on a socket, the same question in the same words."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import brotli
from fastapi import FastAPI

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Reply:
    """What came back; the names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        decode = {"br": brotli.decompress, "gzip": gzip.decompress}.get(self.headers.get("content-encoding", ""))
        return (decode(self.body) if decode and self.body else self.body).decode()

    def json(self) -> Any:
        import json

        return json.loads(self.text)


class Ask(Protocol):
    def __call__(self, target: str, method: str = "GET", **headers: str) -> Reply: ...


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").lower(): value for name, value in headers.items()}


def of_app(app: FastAPI) -> Ask:
    """Return what asks an app without a server."""

    def ask(target: str, method: str = "GET", **headers: str) -> Reply:
        path, _, query = target.partition("?")
        scope = {
            **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http"},
            **{"path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": ""},
            **{"headers": [(k.encode(), v.encode("latin-1")) for k, v in {"host": "x", **_named(headers)}.items()]},
            **{"client": ("192.0.2.77", 1), "server": ("carreau.example", 80)},
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(app(scope, receive, send))
        named = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Reply(sent[0]["status"], named, b"".join(each.get("body", b"") for each in sent[1:]))

    return ask


def of_server(port: int) -> Ask:
    """Return what asks a server, each time on a connection of its own."""

    def ask(target: str, method: str = "GET", **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in _named(headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)

    return ask


def _is_whole(received: bytes) -> bool:
    """Say whether a body is as long as it was said to be."""
    head, end, body = received.rpartition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)(?:\r|$)", head, re.IGNORECASE)
    return bool(end and length and body) and len(body) >= int(length[1] if length else 0)


def exchange(port: int, request: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Send any bytes; return status, headers as they came (names in small letters) and body of the first response."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with suppress(ConnectionError):  # it may be refused before all of it is sent
            connection.sendall(request)
        with suppress(ConnectionError):  # and the connection reset where its body never comes
            while not _is_whole(received) and (more := connection.recv(65536)):
                received += more
    while received.startswith(b"HTTP/1.1 1"):  # such as 100 Continue
        received = received.partition(b"\r\n\r\n")[2]
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return int(first.split()[1]), fields, body


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run `python -m carreau_server` on a folder; yield its port, and the process, whose standard output is its log."""
    command = [sys.executable, "-u", "-W", "error", "-m", "carreau_server", str(folder), "--port", "0", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, cwd=PROJECT, **pipes) as process:  # type: ignore[call-overload]
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r":(\d+)/", line)
        assert found, line + process.stderr.read()
        try:
            yield int(found[1]), process
        finally:
            process.terminate()
            process.communicate(timeout=60)
