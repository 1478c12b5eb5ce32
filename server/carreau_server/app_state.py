"""State that all requests to one app share: the release in use, limits, metrics and the access log.

What `carreau stats` needs of a request's headers is in the line as a yes or no: `robot`, `ahead` and `script`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import sqlite3
import sys
import time
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO

from pydantic import ValidationError

from carreau.base.schema.bundle import FILES, NAME, RELEASES, SCHEMA_VERSION
from carreau.base.schema.requests import is_robot
from carreau_server.bundle import COLUMNS, Bundle, ManifestHead, StoredFile, digest_stream
from carreau_server.context import RequestContext
from carreau_server.errors import CorruptBundleError, Messages
from carreau_server.responses import SecurityHeaders
from carreau_server.settings import Settings, TrustedProxies


class AppState:
    """State that all requests to one app share.

    in_flight : requests that are being answered
    is_draining : whether the server is stopping, and only finishes requests in flight
    """

    def __init__(self, settings: Settings) -> None:
        """Open the bundle; raises CorruptBundleError if it is damaged or missing."""
        self.settings = settings
        self.releases = ReleaseManager(settings)
        self.messages, self.metrics, self.log = Messages(), Metrics(), AccessLog()
        self.rate_limiter = RateLimiter(settings.requests_per_s, settings.burst)
        self.trusted_proxies = TrustedProxies(settings.trusted_proxies)
        self.in_flight, self.is_draining = 0, False
        self._security_headers: tuple[Bundle, SecurityHeaders] | None = None

    def security_headers(self, bundle: Bundle) -> SecurityHeaders:
        """Return the security headers of a release."""
        if self._security_headers is None or self._security_headers[0] is not bundle:
            is_https = bundle.base_url.startswith("https:")
            self._security_headers = bundle, SecurityHeaders(self.settings, is_https, bundle.styles)
        return self._security_headers[1]


_MAX_CLIENTS = 10_000


class RateLimiter:
    """The buckets; addresses are kept in memory only, and only the most recent ones.

    rate : tokens per second; 0 for no limit
    burst : capacity of a bucket
    """

    def __init__(self, rate: float, burst: int) -> None:
        """Start with full buckets."""
        self._rate, self._burst = rate, float(burst)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def retry_after_s(self, client: str, now: float | None = None) -> float:
        """Take a token and return 0, or return the seconds until there is one.

        >>> limiter = RateLimiter(2.0, 1)
        >>> [limiter.retry_after_s("192.0.2.1", now) for now in (10.0, 10.0, 11.0)]
        [0.0, 0.5, 0.0]
        """
        if self._rate <= 0:
            return 0.0
        now = time.monotonic() if now is None else now
        tokens, since = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        is_allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if is_allowed else tokens), now
        if len(self._buckets) > _MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if is_allowed else (1 - tokens) / self._rate


BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the histogram of durations."""


@dataclass
class Metrics:
    """Counters since the start.

    requests : by route and status
    failures : unexpected exceptions
    """

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))
    seconds: float = 0.0
    bytes: int = 0
    failures: int = 0

    def add(self, route: str, status: int, size: int, seconds: float) -> None:
        """Count a request."""
        self.requests[route, status] += 1
        self.bytes += size
        self.seconds += seconds
        self.buckets[bisect_left(BUCKETS_S, seconds)] += 1

    def text(self, releases: ReleaseManager) -> str:
        """Return all metrics in the text format, version 0.0.4."""
        lines = ["# TYPE carreau_requests_total counter"]
        lines += [
            f'carreau_requests_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(self.requests.items())
        ]
        lines.append("# TYPE carreau_request_duration_seconds histogram")
        total = 0
        for limit, count in zip((*map(str, BUCKETS_S), "+Inf"), self.buckets, strict=True):
            total += count
            lines.append(f'carreau_request_duration_seconds_bucket{{le="{limit}"}} {total}')
        lines.append(f"carreau_request_duration_seconds_sum {self.seconds:.6f}")
        lines.append(f"carreau_request_duration_seconds_count {total}")
        head = releases.bundle.head
        for name, kind, value in (
            ("carreau_response_bytes_total", "counter", self.bytes),
            ("carreau_failures_total", "counter", self.failures),
            ("carreau_bundle_swaps_total", "counter", releases.swaps),
            ("carreau_bundle_refusals_total", "counter", releases.refusals),
            ("carreau_bundle_refused", "gauge", int(bool(releases.refused))),
            (f'carreau_bundle_info{{release="{head.release}"}}', "gauge", 1),
            ("carreau_sites", "gauge", head.sites),
        ):
            lines += [f"# TYPE {name.partition('{')[0]} {kind}", f"{name} {value}"]
        return "\n".join(lines) + "\n"


_log = logging.getLogger("carreau")
_RETRY_CHECKS = 15
"""Checks until a refused release is tried again."""
_Stamp = tuple[int, int, int]


class ReleaseManager:
    """The release in use.

    bundle : the release that new requests are answered from
    refused : why the newest manifest was refused; empty when it is the one in use
    swaps, refusals : counters
    """

    def __init__(self, settings: Settings) -> None:
        """Open the current release; raises CorruptBundleError if it is damaged or missing."""
        self._settings = settings
        self._seen = self._stamp()
        self.bundle: Bundle = open_bundle(settings.bundle, settings.base_url)
        self.refused, self.swaps, self.refusals = "", 0, 0
        self._checks = 0
        self._kept: Files | None = None

    async def watch(self) -> None:
        """Check for a new manifest, forever."""
        while True:
            await asyncio.sleep(self._settings.check_s)
            try:
                await self.check()
            except Exception:  # whatever is wrong with a new release, the old one stays in use
                _log.exception("checking for a new release failed")

    async def check(self) -> None:
        """Switch to the release of the manifest, if it is another and sound."""
        stamp = self._stamp()
        # A refused release is tried again now and then: a missing file may have arrived since.
        self._checks += 1
        if stamp == self._seen and not (self.refused and self._checks % _RETRY_CHECKS == 0):
            return
        settings = self._settings
        try:
            # In a thread, so that no request waits; the present release stays in use meanwhile.
            bundle = await asyncio.to_thread(open_bundle, settings.bundle, settings.base_url, self.bundle)
        except CorruptBundleError as error:
            self._seen = stamp
            self._refuse(error.reason)
            return
        self._seen, self.refused = stamp, ""
        if bundle.head.release != self.bundle.head.release:
            _log.info("release %s replaces %s", bundle.head.release, self.bundle.head.release)
            self.bundle, self._kept = bundle, None
            self.swaps += 1

    def _refuse(self, reason: str) -> None:
        if reason != self.refused:
            self.refused = reason
            self.refusals += 1
            release = self.bundle.head.release
            _log.error("%s: the new release is refused, and %s stays: %s", self._settings.bundle, release, reason)

    async def kept_file(self, sha256: str, ext: str) -> StoredFile | None:
        """Return a file of a former release that is still kept, None if there is no such file."""
        if self._kept is None:
            self._kept = await asyncio.to_thread(read_kept_files, self._settings.bundle)
        return self._kept.get((sha256, ext))

    async def check_health(self) -> None:
        """Raise CorruptBundleError if the database in use has changed."""
        bundle = self.bundle
        await asyncio.to_thread(check_database, bundle.database, bundle.head.database)

    def _stamp(self) -> _Stamp | None:
        """Return a fingerprint of the manifest file without reading it; None if there is no file."""
        with contextlib.suppress(OSError):
            status = os.stat(self._settings.bundle / NAME)  # noqa: PTH116 - once a second, and the cheapest way
            return status.st_ino, status.st_mtime_ns, status.st_size
        return None


_MAX_MANIFEST_BYTES = 256_000_000


def open_bundle(folder: Path, base_url: str = "", former: Bundle | None = None) -> Bundle:
    """Return the current release of a bundle; raises CorruptBundleError with the reason.

    Reasons name paths relative to the folder.

    former : the release in use, if any. Files that it does not have are then hashed, as no client waits for that. A
        start compares sizes only: it must take less than a second however large the bundle is. Each file is hashed when
        it is first read (`Bundle.open`), and `carreau verify` hashes everything.
    """
    head = _read_head(folder / NAME)
    check_database(folder / FILES / f"{head.database}.sqlite", head.database)
    try:
        bundle = Bundle(folder, head, base_url)
        _compare_database(bundle)
        _check_sizes(bundle.files(), folder / FILES)
        if former is not None:
            _check_digests(set(bundle.files()) - set(former.files()), folder / FILES)
    except (OSError, sqlite3.Error, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise CorruptBundleError(f"its database {head.database}.sqlite cannot be read: {reason}") from error
    return bundle


def check_database(path: Path, sha256: str) -> None:
    """Hash the database; raises CorruptBundleError when it is not what its name says."""
    _check_digest(path, sha256)


def _read_head(path: Path) -> ManifestHead:
    try:
        if path.stat().st_size > _MAX_MANIFEST_BYTES:
            raise CorruptBundleError(f"{path.name} is over {_MAX_MANIFEST_BYTES} bytes")
        head = ManifestHead.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CorruptBundleError(
            f"{path.name} cannot be read: {error.strerror}; publish one with `carreau build`"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise CorruptBundleError(f"{path.name}: {field or 'document'}: {first['msg']}") from error
    if head.schema_version != SCHEMA_VERSION:
        raise CorruptBundleError(
            f"{path.name} has schema version {head.schema_version}, and this server reads {SCHEMA_VERSION}; "
            "publish again with the same version of Carreau"
        )
    return head


def _compare_database(bundle: Bundle) -> None:
    """Check that manifest and database belong to one release."""
    about = dict(bundle.all("SELECT key, value FROM about"))
    if about.get("schema_version") != str(SCHEMA_VERSION):
        raise CorruptBundleError(f"the database has schema version {about.get('schema_version')}")
    if tuple(json.loads(about.get("languages", "[]"))) != bundle.languages:
        raise CorruptBundleError("manifest and database have different languages")


def _check_sizes(files: Iterable[StoredFile], folder: Path) -> None:
    """Check that files and their compressed copies are there, with the right sizes."""
    sizes: dict[str, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                sizes[entry.name] = entry.stat(follow_symlinks=False).st_size
    for file in files:
        for coding in ("", *file.codings):
            name, size = file.name(coding), file.size(coding)
            if sizes.get(name) != size:
                raise CorruptBundleError(f"{FILES}/{name} should have {size} bytes, and has {sizes.get(name)}")


def _check_digests(files: set[StoredFile], folder: Path) -> None:
    """Hash files and what their compressed copies contain, in chunks, as some are large."""
    for file in sorted(files, key=lambda file: (file.sha256, file.ext)):
        for coding in ("", *file.codings):
            _check_digest(folder / file.name(coding), file.sha256, coding)


def _check_digest(path: Path, sha256: str, coding: str = "") -> None:
    try:
        with path.open("rb") as stream:
            digest = digest_stream(stream, coding)
    except OSError as error:
        raise CorruptBundleError(f"{FILES}/{path.name} cannot be read: {error.strerror}") from error
    if digest != sha256:
        raise CorruptBundleError(f"{FILES}/{path.name} is not what its name says")


Files = dict[tuple[str, str], StoredFile]


def read_kept_files(bundle: Path) -> Files:
    """Return the files of all kept releases, by digest and extension; unreadable ones are left out.

    Former releases are used only for files that the current one does not have, so damage there refuses nothing: those
    files are then not found.
    """
    files: Files = {}
    for path in sorted((bundle / RELEASES).glob(f"*/{NAME}")):
        try:
            database = json.loads(path.read_bytes())["database"]
            uri = f"{(bundle / FILES / f'{database}.sqlite').absolute().as_uri()}?mode=ro&immutable=1"
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                for row in connection.execute(f"SELECT {COLUMNS} FROM file"):  # noqa: S608 - a constant
                    file = StoredFile(*row)
                    files[file.sha256, file.ext] = file
        except (OSError, ValueError, KeyError, TypeError, sqlite3.Error):
            continue
    return files


_LANGUAGE = re.compile("[a-z]{2}")


class Visit(NamedTuple):
    """What is counted of a request.

    lang : of the response, or asked for by `?lang=`; empty where there is none
    robot : whether a program asks (`carreau.base.schema.requests`)
    ahead : whether the browser asks for what the visitor may want next
    script : whether a script of a page asks, as for the files of an offline pack
    """

    lang: str
    robot: bool
    ahead: bool
    script: bool


def describe_visit(context: RequestContext, content_language: str) -> Visit:
    """Return what is counted of a request, by its headers and the language of its response."""
    lang = context.lang if _LANGUAGE.fullmatch(context.lang) else content_language
    purpose = context.header(b"sec-purpose") + context.header(b"purpose") + context.header(b"x-moz")
    return Visit(
        lang if _LANGUAGE.fullmatch(lang) else "",
        is_robot(context.header(b"user-agent")),
        "prefetch" in purpose,
        context.header(b"sec-fetch-dest") == "empty",
    )


class AccessLog:
    """Buffers lines, and writes them to a stream once a second or when there are many."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to the standard output by default."""
        self._stream = stream
        self._lines: list[str] = []
        self._flushed = time.monotonic()

    def add(self, method: str, path: str, status: int, size: int, seconds: float, visit: Visit, **more: str) -> None:
        """Log a request, without its query, which may hold a search or a position."""
        now = time.time()
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z",
            # A link whose question mark was encoded on its way has its question in the path.
            **{
                "method": method,
                "path": path.partition("?")[0][:500],
                "status": status,
                "bytes": size,
                "ms": round(seconds * 1000, 3),
            },
            **visit._asdict(),
            **more,
        }
        self._lines.append(json.dumps(line, ensure_ascii=True))
        if len(self._lines) >= 256 or time.monotonic() - self._flushed > 1:
            self.flush()

    async def keep_flushing(self) -> None:
        """Flush every second, forever, so that the last line does not wait for the next request."""
        while True:
            await asyncio.sleep(1)
            self.flush()

    def flush(self) -> None:
        """Write the buffered lines."""
        if self._lines:
            stream = self._stream or sys.stdout
            # A full disk or a closed pipe loses lines of the log, and no response.
            with contextlib.suppress(OSError, ValueError):
                stream.write("\n".join(self._lines) + "\n")
                stream.flush()
            self._lines.clear()
        self._flushed = time.monotonic()
