"""Ask an app, and a server on a socket, the same question in the same words."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run `python -m server` on a folder; yield its port, and the process, whose standard output is its log."""
    command = [sys.executable, "-u", "-W", "error", "-m", "server", str(folder), "--port", "0", *options]
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
