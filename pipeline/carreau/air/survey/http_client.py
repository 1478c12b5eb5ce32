"""Ask services over HTTP: only the hosts that are configured, politely, within limits, again after a cut."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError, IncompleteRead, ProtocolError

from carreau.air.survey.recording import Recorder
from carreau.air.survey.services import MEGABYTE, ClientLimits
from carreau.base.errors import ServiceError, UnreachableError
from carreau.base.messages import Message, Number, message

_PIECE = 1 << 16
_MOST_REDIRECTS = 3
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AGAIN = {429, 500, 502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")

RUN_AGAIN = message("run again later: what was received is kept")
SEE_CHECK = message("see `carreau survey --check`, and correct services.toml")


@dataclass(frozen=True)
class Asked:
    """What a request is for.

    layer : its name, for messages
    per_s : most requests a second to its service
    most_bytes : of an answer
    see_check : cure where the service is no longer as `services.toml` says: the command that tries it
    """

    layer: str
    per_s: float
    most_bytes: int
    see_check: Message = SEE_CHECK


@dataclass(frozen=True)
class Answer:
    """An answer that came whole.

    media_type : without parameters, in small letters
    """

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True)
class Part:
    """A part of a file, as far as it was received.

    total : bytes of the whole file
    """

    start: int
    body: bytes
    total: int


class NoRangesError(ServiceError):
    """An address does not give parts of a file."""


@dataclass
class HttpClient:
    """Asks services, one request at a time.

    on_bytes : receives the number of bytes of each piece that arrives
    sleep, clock : replaced in tests
    recorder : of each answer, None to keep none
    """

    limits: ClientLimits
    on_bytes: Callable[[int], None] = lambda _count: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    recorder: Recorder | None = None
    requests: int = 0
    _pools: dict[str, urllib3.PoolManager] = field(default_factory=dict)
    _next: dict[float, float] = field(default_factory=dict)

    def get(self, address: str, request: Asked) -> Answer:
        """Return a whole answer, whatever its status; raises ServiceError."""
        for attempt in range(self.limits.retries + 1):
            body = bytearray()
            with self._trying(request, attempt), self._open(address, request, {"Accept-Encoding": "gzip"}) as response:
                if self._must_wait(response, request, attempt):
                    continue
                for piece in self._pieces(response, request):
                    body += piece
                media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                return Answer(response.status, media_type, bytes(body))
        raise AssertionError("the last attempt returns or raises")

    def get_part(self, address: str, request: Asked, start: int, end: int | None) -> Part:
        """Return the bytes of a file from `start` up to `end`, or fewer after a cut, but at least one.

        Raises NoRangesError where the address gives no parts, ServiceError for anything else.
        """
        wanted = {"Range": f"bytes={start}-{'' if end is None else end - 1}", "Accept-Encoding": "identity"}
        for attempt in range(self.limits.retries + 1):
            body = bytearray()
            with self._trying(request, attempt, body), self._open(address, request, wanted) as response:
                if self._must_wait(response, request, attempt):
                    continue
                total = _checked_range(response, request, start, end)
                try:
                    for piece in self._pieces(response, request):
                        body += piece
                except (IncompleteRead, ProtocolError):
                    if not body:
                        raise
                if not body:
                    raise ProtocolError("an empty part")
                return Part(start, bytes(body[: (total if end is None else end) - start]), total)
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def download(self, address: str, request: Asked, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Yield where the rest of a file begins that arrives now, and its pieces, which may be cut.

        start : bytes that are there already; a server that gives no parts begins with 0 again
        """
        wanted = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with self._open(address, request, wanted) as response:
            if response.status == HTTPStatus.PARTIAL_CONTENT:
                _checked_range(response, request, start, None)
            elif response.status != HTTPStatus.OK:
                raise refusal(request, response.status)
            yield (start if response.status == HTTPStatus.PARTIAL_CONTENT else 0), self._pieces(response, request)

    @contextmanager
    def _trying(self, request: Asked, attempt: int, body: bytearray | None = None) -> Iterator[None]:
        """Wait after a failure of the connection; raises UnreachableError after the last attempt."""
        try:
            yield
        except (HTTPError, OSError) as error:
            if body:
                body.clear()
            if reason := _certificate_fault(error):
                # It will not be another in the next second.
                answer = message("the certificate of the service is refused (%(reason)s)", reason=reason)
                raise UnreachableError(request.layer, answer, _CHECK_CERTIFICATE) from error
            if attempt == self.limits.retries:
                reason = type(error).__name__
                answer = message("no whole answer (%(reason)s)", reason=reason)
                raise UnreachableError(request.layer, answer, _CHECK_CONNECTION) from error
            self.sleep(2.0**attempt / 2)

    @contextmanager
    def _open(
        self, address: str, request: Asked, headers: Mapping[str, str]
    ) -> Iterator[urllib3.response.BaseHTTPResponse]:
        """Yield an answer whose body is still to be read; redirects to the hosts that are configured are followed."""
        for _hop in range(_MOST_REDIRECTS):
            self._check_address(address, request)
            self._pace(request)
            self.requests += 1
            response = self._pool(address).request(
                "GET",
                address,
                headers={**self._name_header, **headers},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            if self.recorder is not None:
                self.recorder.begin(address, headers, response)
            try:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                address = _join(address, response.headers.get("Location", ""))
            finally:
                if self.recorder is not None:
                    self.recorder.end(response)
                response.close()
        answer = message("it redirects more than %(count)s times", count=_MOST_REDIRECTS)
        raise ServiceError(request.layer, answer, request.see_check)

    def _check_address(self, address: str, request: Asked) -> None:
        scheme, host = _scheme_and_host(address)
        if host in self.limits.hosts and (scheme == "https" or (host in _LOOPBACK and scheme == "http")):
            return
        answer = message(
            "%(address)s is not an address of %(hosts)s over https", address=address[:200], hosts=self.limits.hosts
        )
        raise ServiceError(request.layer, answer, request.see_check)

    @property
    def _name_header(self) -> dict[str, str]:
        """Return the header that names the program: the download host refuses the default ones of libraries."""
        return {"User-Agent": self.limits.user_agent.format(version=version("carreau"))}

    def _pool(self, address: str) -> urllib3.PoolManager:
        host = _scheme_and_host(address)[1]
        proxy = None if host in _LOOPBACK or proxy_bypass(host) else getproxies().get("https")
        key = proxy or ""
        if key not in self._pools:
            timeout = urllib3.Timeout(connect=min(30.0, self.limits.timeout_s), read=self.limits.timeout_s)
            self._pools[key] = (
                urllib3.ProxyManager(proxy, timeout=timeout) if proxy else urllib3.PoolManager(timeout=timeout)
            )
        return self._pools[key]

    def _pace(self, request: Asked) -> None:
        """Wait until the service may be asked again. Services with the same rate share one clock."""
        now = self.clock()
        wait = self._next.get(request.per_s, now) - now
        if wait > 0:
            self.sleep(wait)
        self._next[request.per_s] = max(now, self._next.get(request.per_s, now)) + 1 / request.per_s

    def _must_wait(self, response: urllib3.response.BaseHTTPResponse, request: Asked, attempt: int) -> bool:
        """Wait where the service says that it is busy, and return whether it did; raises ServiceError at the end."""
        if response.status not in _AGAIN:
            return False
        seconds = _retry_after(response.headers.get("Retry-After", ""))
        if attempt == self.limits.retries:
            raise refusal(request, response.status)
        if seconds is not None and seconds > self.limits.longest_wait_s:
            answer = message(
                "HTTP %(status)s: it asks to wait %(seconds)s s", status=response.status, seconds=round(seconds)
            )
            raise ServiceError(request.layer, answer, RUN_AGAIN)
        self.sleep(2.0**attempt if seconds is None else seconds + 0.5)
        return True

    def _pieces(self, response: urllib3.response.BaseHTTPResponse, request: Asked) -> Iterator[bytes]:
        """Yield the body, decompressed; raises ServiceError where it is longer than it may be, before it is kept."""
        count = 0
        for piece in response.stream(_PIECE, decode_content=True):
            count += len(piece)
            if self.recorder is not None:
                self.recorder.receive(piece)
            if count > request.most_bytes:
                raise too_long(request.layer, request.most_bytes / MEGABYTE)
            self.on_bytes(len(piece))
            yield piece


_CHECK_CERTIFICATE = message(
    "check the clock of this machine; where a proxy of your network has a certificate of its own, name its file in the "
    "environment variable SSL_CERT_FILE"
)


def _certificate_fault(error: BaseException) -> str:
    """Return why a certificate is refused, empty for any other failure of a connection."""
    causes = set[int]()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message or str(cause)
        causes.add(id(cause))
        inner = next((each for each in cause.args if isinstance(each, BaseException)), None)
        cause = inner or cause.__cause__ or cause.__context__
    return ""


_CHECK_CONNECTION = message("check the connection, and run again: what was received is kept")
_RAISE_THE_LIMIT = message("if that is right, raise the limit in services.toml")


def _scheme_and_host(address: str) -> tuple[str, str]:
    """Return scheme and host of an address, both empty for what is none."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or ""
    except ValueError:
        return "", ""


def _join(address: str, location: str) -> str:
    """Return where a redirection leads."""
    try:
        return urljoin(address, location)
    except ValueError:
        return location


def too_long(layer: str, limit_mb: float) -> ServiceError:
    """Return the error for an answer or file of more megabytes than it may have."""
    answer = message("the answer is over %(limit)s MB", limit=Number(limit_mb, ",.0f"))
    return ServiceError(layer, answer, _RAISE_THE_LIMIT)


def refusal(request: Asked, status: int, text: str = "") -> ServiceError:
    """Return the error for a status that is not success.

    text : by the service
    """
    name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    answer: Message = message("HTTP %(status)s %(text)s", status=status, text=text or name)
    return ServiceError(request.layer, answer, RUN_AGAIN if status in _AGAIN else request.see_check)


def _checked_range(response: urllib3.response.BaseHTTPResponse, request: Asked, start: int, end: int | None) -> int:
    """Return the size of the whole file; raises an error unless the answer is the requested part.

    Source: RFC 9110, section 14.
    """
    match = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        answer = message("HTTP 416: the file is shorter than it says of itself")
        raise ServiceError(request.layer, answer, message("run again with --refresh"))
    if response.status == HTTPStatus.OK:
        if response.headers.get("Content-Type", "").lower().startswith("text/html"):
            raise NoRangesError(request.layer, message("a web page where a part of a file was asked for"), RUN_AGAIN)
        answer = message("HTTP 200 with the whole file where a part was asked for")
        raise NoRangesError(request.layer, answer, _WHOLE)
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        error = refusal(request, response.status)
        raise NoRangesError(error.layer, error.answer, _REFUSED.get(response.status, error.cure))
    if response.headers.get("Content-Encoding", "identity") != "identity" or match is None:
        raise NoRangesError(request.layer, message("HTTP 206 without saying which part it is"), _WHOLE)
    first, last, total = (int(each) for each in match.groups())
    if first != start or last >= total or (end is not None and last != min(end, total) - 1):
        answer = message("HTTP 206 with another part than was asked for")
        raise NoRangesError(request.layer, answer, _WHOLE)
    return total


_WHOLE = message("use --whole-files to download whole files instead")
_GONE = message("run again with --refresh, which asks the index where the file is now")
_REFUSED: Mapping[int, Message] = {
    HTTPStatus.FORBIDDEN: message(
        "run again later; if it stays, ask who runs your network whether a proxy or firewall refuses such files"
    ),
    HTTPStatus.NOT_FOUND: _GONE,
    HTTPStatus.GONE: _GONE,
}
"""What may help where a file is refused, by status; a whole file would be refused as well."""


def _retry_after(text: str) -> float | None:
    """Return the seconds of a `Retry-After`, which is a number or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
