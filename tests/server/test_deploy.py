"""What lies in `server/deploy/` is accepted by the programs it is for, and answers as the server alone does."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli
import pytest

from pipeline.bundle.media_types import MEDIA_TYPES
from pipeline.bundle.releases import current
from pipeline.manifest.bundle import FILES
from pipeline.manifest.files import File
from tests.server.asking import PROJECT, Ask, of_server

DEPLOY = PROJECT / "server" / "deploy"
CI = os.environ.get("CI") == "true"
needs_nginx = pytest.mark.skipif(not shutil.which("nginx") and not CI, reason="nginx is not installed")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def configured(folder: Path, bundle: Path, port: int, behind: int) -> list[str]:
    """Write the configuration with the places of a test into an http block; return the command that runs it."""
    text = (DEPLOY / "nginx.conf").read_text()
    for place, ours in (
        ("/srv/carreau/bundle", str(bundle)),
        ("/var/log/nginx/carreau.log", str(folder / "access.log")),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
    ):
        assert text.count(place) == 1, place
        text = text.replace(place, ours)
    (folder / "carreau.conf").write_text(text)
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{ }}\n"
        f"http {{ {temporary} include {folder}/carreau.conf; }}\n"
    )
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    with subprocess.Popen(command) as process:
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until:
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
            yield
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def through(bundle: Path, port: int, folder: Path) -> Iterator[Ask]:
    """What asks through nginx."""
    own = free_port()
    with running(configured(folder, bundle, own, port), own):
        yield of_server(own)


def largest(bundle: Path, ext: str) -> File:
    manifest = current(bundle)
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
    found = re.findall(r'"~\\\.(\w+)\(\\\.br\)\?\$" "([^"]+)";', (DEPLOY / "nginx.conf").read_text())
    assert dict(found) == {ext: kind for ext, kind in MEDIA_TYPES.items() if ext != "sqlite"}


@needs_nginx
def test_every_file_comes_with_the_bytes_and_headers_of_the_server(through: Ask, port: int, bundle: Path) -> None:
    alone, manifest = of_server(port), current(bundle)
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
@pytest.mark.parametrize("accepts", ["br", "gzip, deflate, br, zstd", "gzip;q=0.5,br;q=0.9", "br;q=1.0"])
def test_a_compressed_copy_comes_as_one(through: Ask, bundle: Path, accepts: str) -> None:
    file = largest(bundle, "json")
    packed = through(f"/{file.path}", accept_encoding=accepts)
    assert packed.headers["content-encoding"] == "br"
    assert packed.headers["content-type"] == "application/json"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert brotli.decompress(packed.body) == (bundle / file.path).read_bytes()
    assert packed.headers["etag"] != through(f"/{file.path}").headers["etag"]


@needs_nginx
@pytest.mark.parametrize("accepts", ["", "gzip", "br;q=0", "gzip, br;q=0.0", "brotli"])
def test_no_compressed_copy_comes_to_who_takes_none(through: Ask, bundle: Path, accepts: str) -> None:
    file = largest(bundle, "json")
    plain = through(f"/{file.path}", accept_encoding=accepts)
    assert "content-encoding" not in plain.headers
    assert plain.body == (bundle / file.path).read_bytes()


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
def test_the_api_answers_through_it(through: Ask, port: int) -> None:
    alone = of_server(port)
    for target in (
        "/v1/sites?lang=fr",
        "/v1/sites/fosse-mathilde?lang=en",
        "/healthz",
        "/v1/search?q=mathilde&lang=fr",
    ):
        one, other = through(target, accept_encoding="br"), alone(target, accept_encoding="br")
        assert (one.status, one.body) == (other.status, other.body) == (200, other.body)
        assert one.headers.get("etag") == other.headers.get("etag")
        assert one.headers.get("content-encoding") == other.headers.get("content-encoding")


@needs_nginx
@pytest.mark.parametrize(
    "path",
    ["/a/../manifest.json", "/a/%2e%2e/manifest.json", "/a/..%2fmanifest.json", "/manifest.json", "/a/", "/.said/"],
)
def test_nothing_beside_the_files_is_had(through: Ask, path: str) -> None:
    assert through(path).status in (400, 404)


@needs_nginx
def test_the_database_and_the_copies_have_no_address_of_their_own(through: Ask, bundle: Path) -> None:
    manifest = current(bundle)
    assert manifest is not None
    assert through(f"/{FILES}/{manifest.database}.sqlite").status == 404
    assert through(f"/{largest(bundle, 'json').path}.br").status == 404
    assert through(f"/{FILES}/{'0' * 64}.json").status == 404


@needs_nginx
def test_its_log_holds_no_whole_address_and_no_question(through: Ask, folder: Path) -> None:
    assert through("/v1/search?q=secret&lang=fr").status == 200
    log = (folder / "access.log").read_text()
    assert "127.0.0.0" in log
    assert "127.0.0.1" not in log
    assert "secret" not in log


def test_the_container_has_all_that_the_server_asks_for(bundle: Path, tmp_path: Path) -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE):
        here, there = PROJECT / source, tmp_path / target
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("node_modules", "static", "__pycache__"))
        else:
            there.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, there)
    script = (
        "import sys; sys.meta_path[:] = [each for each in sys.meta_path if 'editable' not in str(each)]\n"
        "import server.__main__, server.app, server.settings, pathlib\n"
        "server.app.create_app(server.settings.Settings(pathlib.Path(sys.argv[1])))\n"
        "print(server.__file__)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", script, str(bundle)]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(str(tmp_path))
    installed = re.search(r"pip install .*\\\n(.*)", text)
    assert installed is not None
    assert {"brotli", "fastapi", "httptools", "uvicorn", "babel"} <= set(installed[1].split())


@pytest.mark.skipif(not shutil.which("systemd-analyze") and not CI, reason="systemd is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "carreau.service").read_text().replace("/opt/carreau/.venv/bin/python", sys.executable)
    (tmp_path / "carreau.service").write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "carreau.service")]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not re.search("Unknown|Invalid|Failed to parse", said.stderr), said.stderr
