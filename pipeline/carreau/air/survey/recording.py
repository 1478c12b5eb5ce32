"""Keep what services answer as files that a test can play back, without keys, cookies or anything personal."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from urllib3.exceptions import HTTPError

from carreau.base.errors import OptionError
from carreau.base.files import write_all
from carreau.base.messages import message

NAME, FORMAT = "exchanges.json", 1
"""File that lists the answers of a recording, and the version of its form."""

MOST_BYTES = 8_000_000
"""Of one answer; the rest is cut."""

_PEEK = 20_000
"""Bytes that are read of an answer that nobody else read: what a refusal says."""

HEADERS = (
    "Content-Type", "Content-Encoding", "Content-Length", "Content-Range", "Accept-Ranges", "Retry-After", "Location",
    "ETag", "Last-Modified",
)  # fmt: skip
"""What is kept of the head of an answer. All else is dropped: cookies, names of proxies, numbers of requests."""

HIDDEN = "hidden"
_SECRET = re.compile(r"((?:^|[&;])[^=&;]*(?:key|token|secret|pass|auth|sign|session|user|login)[^=&;]*=)([^&;]+)", re.I)
_OWN_ADDRESS = re.compile(
    rb"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}", re.I
)
_TEXTS = ("text/", "application/json", "application/xml")
_SHORTEST_SECRET = 4
_SUFFIXES = {
    "application/json": ".json", "image/jpeg": ".jpg", "image/png": ".png", "text/html": ".html", "text/xml": ".xml",
    "text/plain": ".txt",
}  # fmt: skip


class Response(Protocol):
    """What is recorded of an answer of urllib3."""

    status: int

    @property
    def headers(self) -> Mapping[str, str]:
        """Names of headers count whatever their case."""

    def read(self, amt: int) -> bytes:
        """Return so many bytes of the body at most."""


@dataclass
class Exchange:
    """A request and its answer.

    address : without what is secret
    range : of the request, empty if it asked for the whole
    headers : those of `HEADERS`
    is_whole : whether all that came of the body is here
    """

    address: str
    range: str
    status: int
    headers: dict[str, str]
    secrets: tuple[str, ...]
    body: bytearray = field(default_factory=bytearray)
    is_whole: bool = True

    @property
    def media_type(self) -> str:
        """Return it without parameters, in small letters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def clean_body(self) -> bytes:
        """Return the body without the secrets of the request, and for refusals without addresses of machines."""
        body = bytes(self.body)
        if not self.media_type.startswith(_TEXTS):
            return body
        for secret in self.secrets:  # a short one would be found in other words
            if len(secret) < _SHORTEST_SECRET:
                continue
            body = body.replace(secret.encode(), HIDDEN.encode())
        is_refusal = self.status >= 400 or self.media_type == "text/html"
        return _OWN_ADDRESS.sub(HIDDEN.encode(), body) if is_refusal else body


@dataclass
class Recorder:
    """The exchanges of a client, in their order."""

    exchanges: list[Exchange] = field(default_factory=list)

    def begin(self, address: str, headers: Mapping[str, str], response: Response) -> None:
        """Note a request, and the head of its answer."""
        shown, secrets = scrub(address)
        own = {name: response.headers[name] for name in HEADERS if name in response.headers}
        if "Location" in own:
            own["Location"] = scrub(own["Location"])[0]
        self.exchanges.append(Exchange(shown, headers.get("Range", ""), response.status, own, secrets))

    def receive(self, piece: bytes) -> None:
        """Note a piece of the body."""
        exchange = self.exchanges[-1]
        room = MOST_BYTES - len(exchange.body)
        exchange.body += piece[:room]
        exchange.is_whole &= len(piece) <= room

    def end(self, response: Response) -> None:
        """Note the begin of a body that nobody asked for, such as that of a refusal."""
        exchange = self.exchanges[-1]
        if not exchange.body:
            with suppress(HTTPError, OSError):
                self.receive(response.read(_PEEK))
            exchange.is_whole = len(exchange.body) < _PEEK

    def write(self, folder: Path, checks: Mapping[str, Any], version: str, day: str) -> None:
        """Write the answers, a file for each, and the list of them, all or nothing.

        checks : what became of them, plain values
        Raises StorageError.
        """
        files, rows = dict[Path, bytes](), list[dict[str, Any]]()
        for number, exchange in enumerate(self.exchanges, 1):
            body = exchange.clean_body()
            name = f"{number:03}{_SUFFIXES.get(exchange.media_type, '.bin')}"
            files[folder / name] = body
            rows.append(
                {
                    "address": exchange.address, "range": exchange.range, "status": exchange.status,
                    "headers": exchange.headers, "body": name, "bytes": len(body),
                    "sha256": hashlib.sha256(body).hexdigest(), "is_whole": exchange.is_whole,
                }
            )  # fmt: skip
        listed = {"format": FORMAT, "carreau": version, "recorded": day, **checks, "exchanges": rows}
        files[folder / NAME] = json.dumps(listed, indent=1, ensure_ascii=False).encode() + b"\n"
        write_all(files)


def check_free(folder: Path) -> None:
    """Raise OptionError unless a folder is new or empty: a recording of two days would be that of none."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise OptionError(message("--record %(folder)s is not an empty folder; name a new one", folder=str(folder)))


def scrub(address: str) -> tuple[str, tuple[str, ...]]:
    """Return an address without names of users and values of keys, and these.

    >>> scrub("https://me:mine@data.geopf.fr/wms?apikey=a1b2c3&LAYERS=X")
    ('https://data.geopf.fr/wms?apikey=hidden&LAYERS=X', ('me', 'mine', 'a1b2c3'))
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return HIDDEN, ()
    user, _, host = parts.netloc.rpartition("@")
    secrets = [*user.split(":"), *(match[1] for match in _SECRET.findall(parts.query))]
    clean = parts._replace(netloc=host, query=_SECRET.sub(rf"\g<1>{HIDDEN}", parts.query), fragment="")
    return urlunsplit(clean), tuple(each for each in secrets if each)
