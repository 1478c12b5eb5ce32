"""The shipped nginx configuration, in the real nginx: it answers as the app alone does, from files and its cache."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from carreau.base.schema.bundle import FILES
from carreau.base.schema.parts import File
from carreau.base.schema.requests import PROBLEMS, ROBOT
from carreau.site.content_store import MEDIA_TYPES
from carreau.site.releases import read_current
from tests.server import bundles
from tests.server.asking import PROJECT, Ask, of_server, served
from tests.server.nginx import DEPLOY, PROXIES, configured, free_port, needs_nginx, running


def largest(bundle: Path, ext: str) -> File:
    manifest = read_current(bundle)
    assert manifest is not None
    found = [file for file in manifest.files if file.ext == ext and file.brotli_bytes]
    return max(found, key=lambda file: file.bytes)


@needs_nginx
def test_nginx_accepts_the_configuration(bundle: Path, tmp_path: Path) -> None:
    command = configured(tmp_path, bundle, free_port(), free_port())
    said = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "warn" not in said.stderr


def test_nginx_knows_the_types_that_are_published() -> None:
    text = (DEPLOY / "nginx" / "carreau-site.conf").read_text()
    listed = text[text.index("types {") : text.index("add_header ETag")]
    found = re.findall(r'^ +"?([^";{]+(?:; [^";]+)?)"? (\w+);$', listed, re.MULTILINE)
    assert {ext: kind for kind, ext in found} == {ext: kind for ext, kind in MEDIA_TYPES.items() if ext != "sqlite"}


def test_files_are_sent_by_the_kernel_and_documents_are_not() -> None:
    """The setting of documents had reached the files too: a location within another has its settings."""
    text = (DEPLOY / "nginx" / "carreau-site.conf").read_text()
    files, others = (
        text[text.index("location /a/ {") : text.index("location = /a {")],
        text[text.index("location / {") :],
    )
    assert "sendfile on;" in files
    assert "sendfile off;" not in text[: text.index("location / {")]
    assert "sendfile off;" in others
    for shared in ("carreau-app.conf", "carreau-http.conf"):
        assert "sendfile" not in (DEPLOY / "nginx" / shared).read_text()


@needs_nginx
def test_every_file_comes_with_the_bytes_and_headers_of_the_server(through: Ask, port: int, bundle: Path) -> None:
    alone, manifest = of_server(port), read_current(bundle)
    assert manifest is not None
    for file in manifest.files:
        if file.ext != "sqlite":
            one, other = through(f"/{file.path}"), alone(f"/{file.path}")
            assert (one.status, one.body) == (200, other.body)
            assert one.headers["content-type"] == MEDIA_TYPES[file.ext]
            for name in ("cache-control", "content-security-policy", "permissions-policy", "referrer-policy",
                         "x-content-type-options", "access-control-allow-origin", "access-control-expose-headers",
                         "cross-origin-resource-policy"):  # fmt: skip
                assert one.headers[name] == other.headers[name], name


@needs_nginx
@pytest.mark.parametrize(
    ("accepts", "coding"),
    [
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=0.5,br;q=0.9", "br"),
        ("br;q=1.0", "br"),
        ("BR", "br"),
        ("gzip", "gzip"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("", ""),
        ("br;q=0", ""),
        ("gzip;q=0, br;q=0.0", ""),
        ("brotli", ""),
        ("x-gzip-like", ""),
    ],
)
def test_a_compressed_copy_comes_to_clients_that_accept_it(
    through: Ask, port: int, bundle: Path, accepts: str, coding: str
) -> None:
    file = largest(bundle, "json")
    for ask in (through, of_server(port)):
        reply = ask(f"/{file.path}", accept_encoding=accepts)
        assert reply.headers.get("content-encoding", "") == coding
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["vary"] == "Accept-Encoding"
        assert reply.text.encode() == (bundle / file.path).read_bytes()
        assert (reply.headers["etag"] != ask(f"/{file.path}").headers["etag"]) is bool(coding)


@needs_nginx
def test_parts_are_of_the_plain_file(through: Ask, bundle: Path) -> None:
    file = largest(bundle, "json")
    content = (bundle / file.path).read_bytes()
    part = through(f"/{file.path}", range="bytes=10-29", accept_encoding="br")
    assert (part.status, part.body) == (206, content[10:30])
    assert part.headers["content-range"] == f"bytes 10-29/{len(content)}"
    tag = through(f"/{file.path}").headers["etag"]
    assert through(f"/{file.path}", range="bytes=-5", if_range=tag).body == content[-5:]
    assert through(f"/{file.path}", range="bytes=-5", if_range='"other"').status == 200
    assert through(f"/{file.path}", range=f"bytes={len(content)}-").status == 416
    assert through(f"/{file.path}", if_none_match=tag).status == 304


@needs_nginx
@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/v1/sites?lang=fr", {"accept_encoding": "br"}),
        ("/v1/sites", {"accept_language": "de", "accept": "application/geo+json"}),
        ("/v1/sites/fosse-mathilde?lang=en", {"accept_encoding": "gzip"}),
        ("/v1/sites/fosse-mathilde/states/1930/model?for=desktop", {"save_data": "on"}),
        ("/v1/sites/nowhere", {"accept_language": "pl"}),
        ("/v1/search?q=mathilde&lang=fr", {}),
        ("/healthz", {}),
        ("/fr/", {"accept": "text/html", "accept_encoding": "br, gzip"}),
        ("/", {"accept_language": "nl"}),
        ("/nowhere", {"accept": "text/html"}),
        ("/fr", {}),
        ("/collections", {}),
    ],
)
def test_it_answers_as_the_app_does_with_all_its_headers(
    through: Ask, port: int, target: str, headers: dict[str, str]
) -> None:
    alone = of_server(port)
    for _ in range(2):  # from the app, and from the cache
        one, other = through(target, **headers), alone(target, **headers)
        assert (one.status, one.body) == (other.status, other.body)
        own = {"date", "server", "connection", "x-request-id", "transfer-encoding"}
        assert {k: v for k, v in one.headers.items() if k not in own} == {
            k: v for k, v in other.headers.items() if k not in own
        }
        assert re.fullmatch(r"[0-9]+\.[0-9]{3}-[0-9]+-[0-9]+", one.headers["x-request-id"])


@needs_nginx
def test_it_keeps_what_varies_apart(through: Ask) -> None:
    target = "/v1/sites/fosse-mathilde"
    for _ in range(2):
        for lang in ("fr", "de", "nl"):
            for coding in ("br", "gzip", ""):
                reply = through(target, accept_language=lang, accept_encoding=coding)
                assert (reply.headers["content-language"], reply.json()["lang"]) == (lang, lang)
                assert reply.headers.get("content-encoding", "") == coding
        assert through(target, accept="application/geo+json").headers["content-type"] == "application/geo+json"


@needs_nginx
def test_it_answers_most_requests_from_its_cache_and_revalidates(through: Ask, nginx_folder: Path) -> None:
    first = through("/v1/terms", accept_language="fr")
    for _ in range(20):
        again = through("/v1/terms", accept_language="fr")
        assert (again.status, again.body) == (200, first.body)
    assert through("/v1/terms", accept_language="fr", if_none_match=first.headers["etag"]).status == 304
    until = time.monotonic() + 30
    while cache_states(nginx_folder).get("REVALIDATED", 0) == 0 and time.monotonic() < until:
        assert through("/v1/terms", accept_language="fr").body == first.body
        time.sleep(0.02)
    states = cache_states(nginx_folder)
    assert states["HIT"] > 10
    assert states["REVALIDATED"] > 0


def cache_states(folder: Path) -> Counter[str]:
    return Counter(json.loads(line)["cache"] for line in (folder / "access.log").read_text().splitlines())


@needs_nginx
def test_no_search_and_no_position_is_written_to_disk(bundle: Path, tmp_path: Path) -> None:
    """Not by any spelling of its name, not in the logs, and not where the app is down or slow."""
    own = free_port()
    with (
        served(bundle, "--no-access-log") as (app_port, process),
        running(configured(tmp_path, bundle, own, app_port), own),
    ):
        ask = of_server(own)
        assert ask("/v1/routes?lang=fr").status == 200
        for private in PRIVATE:
            assert ask(private).status in (200, 400, 404), private
        process.terminate()
        process.wait(30)
        for private in PRIVATE:
            assert ask(private).status == 503, private
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".conf"}
    assert [path for path in kept if "cache" in path.parts]
    for path, content in kept.items():
        for secret in (b"secret", b"s%65cret", b"3.395", b"50.329", b"50%2E329", b"127.0.0.1"):
            assert secret not in content, (path, content)


PRIVATE = (
    "/v1/search?q=secret&lang=fr",
    "/v1/search?%71=secret",
    "/v1/search?lang=fr&q=s%65cret",
    "/v1/search?Q=secret",
    "/fr/recherche?q=secret",
    "/fr/recherche?%71=secret",
    "/fr/recherche%3Fq=secret",
    "/v1/sites?near=3.395,50.329",
    "/v1/sites?n%65ar=3.395,50.329",
    "/v1/sites?lang=fr&near=3.395%2C50%2E329",
    "/v1/sites?bbox=3.395,50.329,3.4,50.33",
    "/v1/sites?lang=fr;near=3.395,50.329",
    "/v1/sites?lang=50.329",
    "/ogc/collections/sites/items?bbox=3.395,50.329,3.4,50.33",
    "/oembed?url=https://carreau.example/fr/recherche?q=secret",
)


@needs_nginx
@pytest.mark.parametrize("target", ["/a/{}", "/v1/sites", "/fr/"])
def test_preflights_are_answered(through: Ask, bundle: Path, target: str) -> None:
    path = target.format(max(bundle.glob("a/*.glb")).name)
    reply = through(path, "OPTIONS", origin="https://x.example", access_control_request_method="GET")
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "Range" in reply.headers["access-control-allow-headers"]


@needs_nginx
@pytest.mark.parametrize(
    ("target", "method", "headers", "status"),
    [
        ("/a/{}", "DELETE", {}, 405),
        ("/v1/sites", "POST", {}, 405),
        ("/v1/sites", "GET", {"content_length": "9999999"}, 413),
        (f"/v1/sites?q={'a' * 3000}", "GET", {}, 414),
        (f"/v1/sites?q={'a' * 12000}", "GET", {}, 414),
    ],
)
def test_refusals_are_problems_too(
    through: Ask, bundle: Path, target: str, method: str, headers: dict[str, str], status: int
) -> None:
    reply = through(target.format(max(bundle.glob("a/*.glb")).name), method, **headers)
    assert (reply.status, reply.json()["status"]) == (status, status)
    assert reply.headers["content-type"] == "application/problem+json"
    assert PROBLEMS[reply.json()["code"]].status == status


@needs_nginx
def test_clients_that_ask_too_often_are_refused(bundle: Path, port: int, tmp_path: Path) -> None:
    own = free_port()
    limits = {
        '"127.0.0.1;" "";': '"127.0.0.1;" $binary_remote_addr;',
        "burst=200": "burst=3",
        "rate=50r/s": "rate=1r/m",
    }
    with running(configured(tmp_path, bundle, own, port, **limits), own):
        replies = [of_server(own)("/v1/terms") for _ in range(6)]
        path = max(bundle.glob("a/*.glb")).name
        assert {of_server(own)(f"/a/{path}").status for _ in range(6)} == {200}
    assert [reply.status for reply in replies] == [200] * 4 + [429] * 2
    assert replies[-1].json()["code"] == "too-many-requests"
    assert replies[-1].headers["retry-after"]


@needs_nginx
def test_a_new_release_is_seen_within_a_second_or_two_and_old_files_stay(tmp_path: Path) -> None:
    """The app looks once a second, and so does the cache."""
    folder, bundle = tmp_path / "nginx", tmp_path / "bundle"
    folder.mkdir()
    bundle.mkdir()
    bundles.build(bundle, note="the first")
    own = free_port()
    with served(bundle, "--no-access-log") as (app_port, _), running(configured(folder, bundle, own, app_port), own):
        ask = of_server(own)
        assert "the first" in ask("/fr/").text
        old = max(bundle.glob("a/*.html")).name
        release = bundles.build(bundle, note="the second")
        app = of_server(app_port)
        until = time.monotonic() + 30
        while app("/readyz").json()["release"] != release and time.monotonic() < until:
            time.sleep(0.02)
        while "the first" in ask("/fr/").text and time.monotonic() < until:
            time.sleep(0.02)
        assert "the second" in ask("/fr/").text
        assert ask(f"/a/{old}").status == 200


@needs_nginx
def test_while_the_app_is_down_it_answers_what_is_cached(bundle: Path, tmp_path: Path) -> None:
    own = free_port()
    with (
        served(bundle, "--no-access-log") as (app_port, process),
        running(configured(tmp_path, bundle, own, app_port), own),
    ):
        ask = of_server(own)
        cached = ask("/fr/")
        process.terminate()
        process.wait(30)
        until = time.monotonic() + 3
        while time.monotonic() < until:  # longer than it is fresh
            assert (ask("/fr/").status, ask("/fr/").body) == (200, cached.body)
            time.sleep(0.02)
        reply = ask("/de/")
        assert (reply.status, reply.json()["code"]) == (503, "shutting-down")
        assert reply.headers["retry-after"]


@needs_nginx
def test_https_and_http_2(bundle: Path, port: int, tmp_path: Path) -> None:
    """The configuration for HTTPS, with a certificate of the test's own; HTTP leads there."""
    plain, secure = free_port(), free_port()
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=carreau.example",
         "-addext", "subjectAltName=DNS:carreau.example", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    live = "/etc/letsencrypt/live/carreau.example"
    command = configured(
        tmp_path,
        bundle,
        free_port(),
        port,
        **{
            f"{live}/fullchain.pem": str(certificate),
            f"{live}/privkey.pem": str(key),
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl;\n": "",
        },
    )
    main = (tmp_path / "container.conf").read_text()
    start = main.index(f"    include {tmp_path}/carreau-http.conf;")
    (tmp_path / "container.conf").write_text(f"{main[:start]}    include {tmp_path}/carreau.conf;\n}}\n")
    with running(command, secure):
        moved = of_server(plain)("/fr/?a=1")
        assert (moved.status, moved.headers["location"]) == (308, "https://carreau.example/fr/?a=1")
        for version, expected in (("--http2", "HTTP/2 200"), ("--http1.1", "HTTP/1.1 200 OK")):
            done = subprocess.run(
                ["curl", "--silent", "--include", version, "--cacert", str(certificate), "--resolve",
                 f"carreau.example:{secure}:127.0.0.1", f"https://carreau.example:{secure}/fr/"],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            assert done.stdout.startswith(expected)
            assert "strict-transport-security" in done.stdout.lower()


@needs_nginx
def test_the_start_script_runs_both_and_stops_both(bundle: Path, tmp_path: Path) -> None:
    own, app_port = free_port(), free_port()
    configured(tmp_path, bundle, own, app_port)
    main = tmp_path / "container.conf"
    main.write_text(main.read_text().replace("daemon off;", ""))
    environment = {
        **os.environ,
        "NGINX_CONF": str(main),
        "APP_PORT": str(app_port),
        "PROXIES_CONF": str(tmp_path / PROXIES),
        "TRUSTED_PROXIES": "none",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = ["sh", str(DEPLOY / "start.sh"), str(bundle)]
    with subprocess.Popen(command, env=environment, cwd=PROJECT, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(OSError):
                if of_server(own)("/readyz").status == 200:
                    break
        assert of_server(own)("/readyz").status == 200
        process.terminate()
        process.wait(40)
    for closed in (own, app_port):
        with pytest.raises(ConnectionRefusedError):
            of_server(closed)("/healthz")


@needs_nginx
@pytest.mark.parametrize(
    "path",
    ["/a/../manifest.json", "/a/%2e%2e/manifest.json", "/a/..%2fmanifest.json", "/manifest.json", "/a/", "/.said/"],
)
def test_nothing_beside_the_files_is_had(through: Ask, path: str) -> None:
    assert through(path).status in (400, 404)


@needs_nginx
def test_the_database_and_the_copies_have_no_address_of_their_own(through: Ask, bundle: Path) -> None:
    manifest = read_current(bundle)
    assert manifest is not None
    assert through(f"/{FILES}/{manifest.database}.sqlite").status == 404
    assert through(f"/{largest(bundle, 'json').path}.br").status == 404
    assert through(f"/{FILES}/{'0' * 64}.json").status == 404


@needs_nginx
def test_its_log_holds_no_address_and_no_question(through: Ask, nginx_folder: Path) -> None:
    browser = "Mozilla/5.0 (Linux; Android 13; CUBOT KINGKONG 9) Chrome/137.0 Mobile Safari/537.36"
    asked = {"user_agent": browser, "referer": "https://somebody.example/secret", "sec_purpose": "prefetch"}
    assert through("/v1/search?q=secret&lang=pl", **asked, sec_fetch_dest="empty").status == 200
    assert through("/v1/sites/asked-last?lang=de", user_agent="Somebot/1.0").status == 404
    wanted = {("/v1/search", "pl", False, True, True), ("/v1/sites/asked-last", "de", True, False, False)}
    until, log, told = time.monotonic() + 20, "", set[tuple[object, ...]]()
    while not wanted <= told and time.monotonic() < until:
        time.sleep(0.1)  # each worker writes its lines once a second, so they are not in order
        log = (nginx_folder / "access.log").read_text()
        lines = [json.loads(line) for line in log.splitlines()]
        told = {tuple(each[name] for name in ("path", "lang", "robot", "ahead", "script")) for each in lines}
    assert wanted <= told
    for text in ("127.0.0", "secret", "somebody", "Somebot", "CUBOT"):
        assert text not in log


def test_its_rule_for_robots_is_that_of_the_app() -> None:
    text = (DEPLOY / "nginx" / "carreau-http.conf").read_text("utf-8")
    assert f'    "~*{ROBOT}" true;\n' in text
