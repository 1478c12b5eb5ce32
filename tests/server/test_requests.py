"""One table of requests, of good and of hostile clients, asked of the app alone and of the shipped nginx before it.

After each hostile request a visitor asks for the same address, and gets the page.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from carreau.base.schema.bundle import FILES
from carreau.site.releases import read_current
from tests.server.asking import Ask, Reply, exchange
from tests.server.nginx import configured, free_port, needs_nginx, running

SERVERS = ["alone", pytest.param("behind nginx", marks=needs_nginx)]
PAGE = "/fr/sites/fosse-mathilde"
_numbers = count(1)


@dataclass(frozen=True)
class Case:
    """A request and what is expected of it.

    lines : header lines besides Host; `{tag}` and `{br_tag}` are the entity tags of the file
    target : `{file}` is a JSON file of the bundle, `{database}` that of its database
    status : of both servers, or of the app alone and of nginx, which refuses some requests itself
    expected : headers that must be so; with None, that must not be there
    body : how long it is
    """

    name: str
    status: int | tuple[int, int]
    lines: tuple[str, ...] = ()
    target: str = PAGE
    method: str = "GET"
    version: str = "HTTP/1.1"
    host: tuple[str, ...] = ("visitor.example",)
    sent: bytes = b""
    expected: dict[str, str | None] = field(default_factory=dict)
    length: int | None = None

    def request(self, **values: str) -> bytes:
        """Return its bytes."""
        hosts = [f"Host: {each}" for each in self.host]
        lines = [f"{self.method} {self.target} {self.version}", *hosts, *self.lines, "Connection: close", "", ""]
        text = "\r\n".join(lines)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text.encode("latin-1") + self.sent

    def status_of(self, server: str) -> int:
        """Return the status that a server should answer."""
        return self.status if isinstance(self.status, int) else self.status[server != "alone"]


FILE, PROBLEM = "/a/{file}", "application/problem+json"
IMMUTABLE = "public, max-age=31536000, immutable"
WHOLE: dict[str, str | None] = {"content-type": "application/json", "cache-control": IMMUTABLE, "content-range": None}
REFUSED: dict[str, str | None] = {"content-type": PROBLEM, "cache-control": "no-store", "etag": None}
GOOD = [
    Case("a page", 200, expected={"content-type": "text/html; charset=utf-8"}),
    Case("its headers alone", 200, method="HEAD", length=0, expected={"content-type": "text/html; charset=utf-8"}),
    Case("a page is not had in parts", 200, ("Range: bytes=0-1",), expected={"content-range": None}),
    Case("nor refused for a part", 200, ("Range: bytes=999999-",), expected={"content-range": None}),
    Case("a page that is known", 304, ("If-None-Match: *",), length=0, expected={"content-type": None}),
    Case("a preflight", 204, method="OPTIONS", length=0, expected={"access-control-allow-origin": "*"}),
    Case("no page", 404, target="/fr/nowhere", expected={"content-type": PROBLEM}),
    Case("a wrong parameter", 400, target="/v1/sites?colour=red", expected={"content-type": PROBLEM}),
    Case("no such format", 406, ("Accept: image/png",), "/v1/sites", expected={"content-type": PROBLEM}),
    Case("an address that moved", 308, target="/fr", expected={"location": "/fr/"}, length=0),
    Case("a file", 200, target=FILE, expected={**WHOLE, "etag": "{tag}", "last-modified": None}),
    Case("a file, its headers", 200, target=FILE, method="HEAD", length=0, expected={**WHOLE, "etag": "{tag}"}),
    Case(
        "a file in Brotli",
        200,
        ("Accept-Encoding: br",),
        FILE,
        expected={**WHOLE, "content-encoding": "br", "etag": "{br_tag}", "vary": "Accept-Encoding"},
    ),
    Case("a file in gzip", 200, ("Accept-Encoding: gzip",), FILE, expected={**WHOLE, "content-encoding": "gzip"}),
    Case("a file as it is", 200, ("Accept-Encoding: br;q=0",), FILE, expected={**WHOLE, "content-encoding": None}),
    Case("a file that is known", 304, ("If-None-Match: {tag}",), FILE, length=0, expected={"content-length": None}),
    Case("one of several is known", 304, ('If-None-Match: "x", W/{tag}',), FILE, length=0),
    Case("any is known", 304, ("If-None-Match: *",), FILE, length=0),
    Case("another is known", 200, ('If-None-Match: "x"',), FILE, expected=WHOLE),
    Case(
        "another copy is known",
        200,
        ("If-None-Match: {tag}", "Accept-Encoding: br"),
        FILE,
        expected={"etag": "{br_tag}"},
    ),
    Case("known since a date", 200, ("If-Modified-Since: Mon, 01 Jan 2035 00:00:00 GMT",), FILE, expected=WHOLE),
    Case(
        "the first bytes", 206, ("Range: bytes=0-9",), FILE, length=10, expected={"content-range": "bytes 0-9/{size}"}
    ),
    Case(
        "from the first byte on",
        206,
        ("Range: bytes=0-",),
        FILE,
        expected={"etag": "{tag}", "cache-control": IMMUTABLE},
    ),
    Case("the last bytes", 206, ("Range: bytes=-5",), FILE, length=5, expected={"content-type": "application/json"}),
    Case(
        "bytes in between", 206, ("Range: bytes=5-9",), FILE, length=5, expected={"content-range": "bytes 5-9/{size}"}
    ),
    Case(
        "a part, with a copy",
        206,
        ("Range: bytes=0-4", "Accept-Encoding: br"),
        FILE,
        length=5,
        expected={"etag": "{tag}"},
    ),
    Case("two parts", 206, ("Range: bytes=0-1,5-6",), FILE, expected={"content-range": None, "etag": "{tag}"}),
    Case("a part of this version", 206, ("Range: bytes=0-4", "If-Range: {tag}"), FILE, length=5),
    Case("a later part of it", 206, ("Range: bytes=4-8", "If-Range: {tag}"), FILE, length=5),
    Case("a part of another version", 200, ("Range: bytes=0-4", 'If-Range: "x"'), FILE, expected=WHOLE),
    Case("a later part of another", 200, ("Range: bytes=4-8", 'If-Range: "x"'), FILE, expected=WHOLE),
    Case("no such part", 416, ("Range: bytes=999999-",), FILE, expected={**REFUSED, "content-range": "bytes */{size}"}),
    Case("a part of no length", 416, ("Range: bytes=-0",), FILE, expected=REFUSED),
    Case("parts of something else", 200, ("Range: lines=0-1",), FILE, expected=WHOLE),
    Case("a part beyond any number", 200, (f"Range: bytes=0-{'9' * 30}",), FILE, expected=WHOLE),
    Case("no such file", 404, target=f"/a/{'0' * 64}.json", expected={"content-type": PROBLEM}),
    Case("the database", 404, target="/a/{database}", expected={"content-type": PROBLEM}),
    Case("a copy by its name", 404, target=f"{FILE}.br", expected={"content-type": PROBLEM}),
    Case("the folder of files", 404, target="/a/", expected={"content-type": PROBLEM}),
    Case("its name without a slash", 404, target="/a", expected={"content-type": PROBLEM, "location": None}),
    Case("a file to delete", 405, target=FILE, method="DELETE", expected=REFUSED),
]
CHUNKS = b"3\r\nabc\r\n0\r\n\r\n"
HOSTILE = [
    Case("a body", 413, ("Content-Length: 3",), sent=b"abc", expected=REFUSED),
    Case("a body in chunks", 413, ("Transfer-Encoding: chunked",), sent=CHUNKS, expected=REFUSED),
    Case("a body of 20 kB", 413, ("Content-Length: 20000",), sent=b"x" * 20_000, expected=REFUSED),
    Case("a body with empty lines", 413, ("Content-Length: 40000",), sent=b"x\r\n\r\n" * 8000, expected=REFUSED),
    Case("a body for HEAD", 413, ("Content-Length: 3",), method="HEAD", sent=b"abc", length=0, expected=REFUSED),
    Case("a form", 413, ("Content-Length: 3",), method="POST", sent=b"a=b", expected=REFUSED),
    Case("a form of 2 MB", 413, ("Content-Length: 2000000",), method="POST", sent=b"x" * 2_000_000, expected=REFUSED),
    Case("a body that never comes", 413, ("Content-Length: 5", "Expect: 100-continue"), expected=REFUSED),
    Case("a body of no length", 200, ("Content-Length: 0",)),
    Case("two lengths", 400, ("Content-Length: 0", "Content-Length: 3"), sent=b"abc"),
    Case("a length below nothing", 400, ("Content-Length: -1",)),
    Case("a length and chunks", 400, ("Content-Length: 3", "Transfer-Encoding: chunked"), sent=CHUNKS),
    Case("chunks in odd letters", (400, 501), ("Transfer-Encoding: xchunked",), sent=CHUNKS),
    Case("a host with a quotation mark", 400, host=('a"b',), expected=REFUSED),
    Case("a host with a path", 400, host=("a/b",)),
    Case("two hosts", 400, host=("visitor.example", "b")),
    Case("no host", 400, host=()),
    Case("another host", 200, host=("evil.example",)),
    Case("no host, of old", 200, host=(), version="HTTP/1.0"),
    Case("another host in the address", 200, target=f"http://evil.example{PAGE}"),
    Case("another host behind the proxy", 200, ("X-Forwarded-Host: evil.example", "Forwarded: host=evil.example")),
    Case("another address inside", 200, ("X-Original-URL: /nowhere", "X-Rewrite-URL: /nowhere")),
    Case("another scheme", 200, ("X-Forwarded-Proto: gopher", "X-Forwarded-Port: 1")),
    Case("another method inside", 200, ("X-HTTP-Method-Override: DELETE",)),
    Case("a part", 200, ("Range: bytes=0-1",), expected={"content-range": None}),
    Case("no such part", 200, ("Range: bytes=999999-",), expected={"content-range": None}),
    Case("known already", 304, ("If-None-Match: *",)),
    Case("only another version", (200, 412), ('If-Match: "x"',)),
    Case("headers alone", 200, method="HEAD", length=0),
    Case("a preflight", 204, method="OPTIONS"),
    Case("another method", 405, method="PUT", expected=REFUSED),
    Case("an echo", 405, method="TRACE", expected=REFUSED),
    Case("no method", 400, method="FOO"),
    Case("small letters", 400, method="get"),
    Case("a version to come", (400, 505), version="HTTP/9.9"),
    Case("a WebSocket", 200, ("Upgrade: websocket", "Connection: upgrade")),
    Case("headers for this hop", 200, ("Connection: Host, X-Forwarded-For, Accept-Encoding",)),
    Case("a long header", 431, (f"X-Long: {'a' * 17_000}",), expected={"cache-control": "no-store"}),
    Case(
        "three long headers",
        431,
        (f"Accept: {'a' * 7_000}", f"Accept-Language: {'b' * 7_000}", f"Accept-Encoding: {'c' * 7_000}"),
        expected={"cache-control": "no-store"},
    ),
    Case("a header with a bell", 400, ("Accept: a\x07b",)),
    Case("a long question", 414, target=f"{PAGE}?state={'a' * 3000}", expected=REFUSED),
    Case("a header with a zero", 400, ("X-Odd: a\0b",)),
    Case("any type but HTML", 200, ("Accept: image/png",)),
    Case("a long language", 200, (f"Accept-Language: {'en,' * 1000}xx",)),
    Case("an odd coding", 200, ("Accept-Encoding: br;q=2, gzip;q=x, *;q=0",)),
    Case("an odd number", 200, ("X-Request-ID: a b<script>",)),
    Case("a sign of a proxy", 200, ("X-Forwarded-For: 127.0.0.1, ' OR 1=1",)),
    Case("a cookie", 200, ("Cookie: a=b", "Authorization: Basic YTpi")),
    Case("nothing from a cache", 200, ("Cache-Control: no-cache, no-store", "Pragma: no-cache")),
    Case("a small device", 200, ("Save-Data: on", "Device-Memory: 0.25", "Sec-CH-Device-Memory: 0.25")),
]

VISITOR = ("Accept: text/html,*/*;q=0.8", "Accept-Language: fr")
"""What a browser sends. Who is hostile sends it too: a cache keeps by these headers what the visitor would get."""


def disguised(case: Case) -> Case:
    own = {line.partition(":")[0] for line in case.lines}
    return replace(case, lines=(*(each for each in VISITOR if each.partition(":")[0] not in own), *case.lines))


HOSTILE = [disguised(case) for case in HOSTILE]


@pytest.fixture
def values(bundle: Path) -> dict[str, str]:
    """What stands for the braces: a file, its size and its entity tags, and the database."""
    manifest = read_current(bundle)
    assert manifest is not None
    file = max(
        (each for each in manifest.files if each.ext == "json" and each.brotli_bytes), key=lambda each: each.bytes
    )
    tag = file.sha256[:32]
    names = {"file": f"{file.sha256}.json", "database": f"{manifest.database}.sqlite", "size": str(file.bytes)}
    return {**names, "tag": f'"{tag}"', "br_tag": f'"{tag}-br"'}


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> tuple[str, int]:
    """A server's name, and its port."""
    return request.param, request.getfixturevalue("port" if request.param == "alone" else "nginx_port")


def named(case: Case) -> str:
    return case.name


def check(case: Case, server: tuple[str, int], target: str, values: dict[str, str]) -> None:
    name, port = server
    status, fields, body = exchange(port, case.request(**values).replace(PAGE.encode(), target.encode()))
    assert status == case.status_of(name), body
    names = [each for each, _ in fields]
    twice = {each for each in names if names.count(each) > 1}
    assert not twice, f"more than one line of {twice}"
    headers = dict(fields)
    if status == case.status_of("alone"):  # of what nginx alone says, it is the status that counts
        for header, expected in case.expected.items():
            for brace, value in values.items():
                expected = expected.replace(f"{{{brace}}}", value) if expected else expected
            assert headers.get(header) == expected, header
        if case.length is not None:
            assert len(body) == case.length
    if status >= 400 and status != 404:
        assert "immutable" not in headers.get("cache-control", "")


@pytest.mark.parametrize("case", GOOD, ids=named)
def test_a_request_is_answered_alike(case: Case, server: tuple[str, int], values: dict[str, str]) -> None:
    for _ in range(2):  # from the app, and from the cache
        check(case, server, PAGE, values)


def visit(port: int, target: str) -> tuple[int, dict[str, str], bytes]:
    """Ask as a browser does."""
    status, fields, body = exchange(port, Case("a visit", 200, VISITOR, target).request())
    return status, dict(fields), body


def check_visit(port: int, target: str) -> None:
    page = visit(port, f"{PAGE}?state=good")
    for _ in range(2):
        status, headers, body = visit(port, target)
        assert (status, body) == (200, page[2])
        own = {"date", "x-request-id"}
        assert {k: v for k, v in headers.items() if k not in own} == {k: v for k, v in page[1].items() if k not in own}
        assert b"evil" not in body
        assert headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("case", HOSTILE, ids=named)
def test_a_visitor_gets_the_page_after_a_hostile_request(
    case: Case, server: tuple[str, int], values: dict[str, str]
) -> None:
    target = case.target.removeprefix("http://evil.example") if "evil" in case.target else PAGE
    target += f"?state=n{next(_numbers)}"  # that nobody asked for before
    check(case, server, target if "?" not in case.target else PAGE, values)
    check_visit(server[1], target)


@needs_nginx
def test_a_visitor_gets_the_page_after_hostile_requests_for_a_stale_copy(
    nginx_port: int, values: dict[str, str]
) -> None:
    """What a cache revalidates with the app is as open to attack as what it does not have."""
    targets = [f"{PAGE}?state=n{next(_numbers)}" for _ in HOSTILE]
    for target in targets:
        check_visit(nginx_port, target)
    time.sleep(2.1)  # nginx counts whole seconds, and keeps a page for one
    for case, target in zip(HOSTILE, targets, strict=True):
        exchange(nginx_port, case.request(**values).replace(PAGE.encode(), target.encode()))
        check_visit(nginx_port, target)


@needs_nginx
def test_a_flood_of_hostile_requests_leaves_the_visitors_their_page(nginx_port: int, values: dict[str, str]) -> None:
    """As it was found: twenty requests a second of one client, under the limit, and 226 of 241 visitors got a 413."""
    poison = [case for case in HOSTILE if case.status in (400, 413)][:4]
    target, good = f"{PAGE}?state=n{next(_numbers)}", 0
    until = time.monotonic() + 3
    while time.monotonic() < until:
        for case in poison:
            exchange(nginx_port, case.request(**values).replace(PAGE.encode(), target.encode()))
        status, _, _ = visit(nginx_port, target)
        assert status == 200
        good += 1
    assert good


@pytest.mark.parametrize(
    "target",
    [
        *("/", "/fr/", "/fr", PAGE, "/embed/fosse-mathilde", "/nowhere", "/fr/recherche", "/fr/recherche?q=mathilde"),
        *("/v1/sites", "/v1/sites?lang=de", "/v1/sites?limit=0", "/v1/sites/fosse-mathilde", "/v1/sites/nowhere"),
        *("/v1/sites/fosse-mathilde.geojson", "/v1/sites/fosse-mathilde/states/1930/model?for=desktop"),
        *("/v1/sites/fosse-mathilde/states/1930/model?for=desktop&max_bytes=1", "/v1/routes", "/v1/search?q=mathilde"),
        *("/v1/sites/fosse-mathilde/states/1930/model?for=ar", "/v1/terms", "/v1/territory", "/v1/catalogue.csv"),
        *("/ogc/", "/ogc/collections", "/ogc/collections/sites/items", "/collections", "/openapi.json", "/problems/"),
        *("/problems/not-found", "/id/sites/fosse-mathilde", "/id/publisher", "/iiif/fosse-mathilde/manifest.json"),
        *("/oembed?url=/fr/sites/fosse-mathilde", "/q/autour-de-mathilde/1", "/healthz", "/.well-known/security.txt"),
    ],
)
def test_a_response_depends_on_its_address_and_on_what_vary_names(asked: Ask, target: str) -> None:
    """Nothing else may: a cache keeps a response by these alone."""
    plain = {"accept": "*/*", "accept_language": "fr", "accept_encoding": "identity"}
    others = {
        "accept": ["text/html", "application/json", "application/geo+json", "image/png", "image/avif,*/*"],
        "accept_language": ["de", "pl, en;q=0.5", "xx"],
        "accept_encoding": ["br", "gzip"],
        "save_data": ["on"],
        "device_memory": ["0.25"],
        "sec_ch_device_memory": ["0.25"],
        **{name: ["odd"] for name in ("user_agent", "cookie", "referer", "origin", "authorization", "prefer", "host")},
        **{name: ["odd"] for name in ("sec_fetch_dest", "sec_purpose", "x_request_id", "x_forwarded_host")},
        "x_forwarded_for": ["192.0.2.1"],
    }
    first = asked(target, **plain)
    for name, values in others.items():
        for value in values:
            other = asked(target, **{**plain, name: value})
            for one, another in ((first, other), (other, first)):
                if differing(one, another) and one.headers.get("cache-control") != "no-store":
                    assert name.replace("_", "-") in one.headers.get("vary", "").lower(), (name, value)


def differing(one: Reply, other: Reply) -> bool:
    own = {"x-request-id", "vary"}
    kept = [{k: v for k, v in each.headers.items() if k not in own} for each in (one, other)]
    return one.status != other.status or one.body != other.body or kept[0] != kept[1]


@needs_nginx
@pytest.mark.parametrize("proxies", ["127.0.0.1", "127.0.0.0/8, ::1"])
def test_many_visitors_behind_one_proxy_have_a_limit_each(
    bundle: Path, port: int, tmp_path: Path, proxies: str
) -> None:
    with limited(bundle, port, tmp_path, proxies) as own:
        statuses = {asked_for(own, f"192.0.2.{number}") for _ in range(4) for number in range(40)}
        assert statuses == {200}, "forty visitors, four requests each, of four that one visitor has"
        assert asked_for(own, "192.0.2.7") == 429
        assert asked_for(own, "6.6.6.6, 192.0.2.7") == 429, (
            "what a client writes before the proxy's word is not believed"
        )
        assert asked_for(own, "2001:db8::1") == 200


@needs_nginx
def test_nobody_but_the_proxy_names_a_visitor(bundle: Path, port: int, tmp_path: Path) -> None:
    with limited(bundle, port, tmp_path, "203.0.113.9") as own:
        statuses = [asked_for(own, f"192.0.2.{number}") for number in range(6)]
        assert statuses == [200] * 4 + [429] * 2
        for path in ("/metrics", "/readyz"):
            assert visit(own, path)[0] == 200
            assert asked_for(own, "127.0.0.1", path) == 403, "nor calls himself this machine"


@needs_nginx
def test_files_that_are_not_there_are_limited_and_not_kept(bundle: Path, port: int, tmp_path: Path) -> None:
    with limited(bundle, port, tmp_path, "127.0.0.1") as own:
        statuses = [asked_for(own, "192.0.2.1", f"/a/{number:064x}.json") for number in range(6)]
        assert statuses == [404] * 4 + [429] * 2
        statuses = [asked_for(own, "192.0.2.2", f"/a/{number}") for number in range(6)]
        assert statuses == [404] * 4 + [429] * 2
        for number, path in enumerate(sorted(bundle.glob(f"{FILES}/*.json"))[:20]):
            assert asked_for(own, "192.0.2.1", f"/a/{path.name}") == 200, number
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@contextmanager
def limited(bundle: Path, port: int, folder: Path, proxies: str) -> Iterator[int]:
    """Run the shipped nginx with four requests at once, and one a minute; yield its port."""
    own = free_port()
    changes = {"burst=200": "burst=3", "rate=50r/s": "rate=1r/m"}
    with running(configured(folder, bundle, own, port, proxies=proxies, **changes), own):
        yield own


def asked_for(port: int, address: str, target: str = "/v1/terms") -> int:
    """Ask as a proxy does for a visitor; return the status."""
    lines = f"GET {target} HTTP/1.1\r\nHost: visitor.example\r\nX-Forwarded-For: {address}\r\nConnection: close\r\n\r\n"
    return exchange(port, lines.encode())[0]
