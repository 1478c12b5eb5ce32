"""The shipped nginx configuration with the paths and ports of a test or a measurement."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from carreau_server.settings import nginx_directives, parse_proxies

DEPLOY = Path(__file__).parents[2] / "server" / "deploy"
PROXIES = "carreau-proxies.conf"
needs_nginx = pytest.mark.skipif(
    not shutil.which("nginx") and os.environ.get("CI") != "true", reason="nginx is not installed"
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


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


def configured(
    folder: Path, bundle: Path, port: int, app_port: int, *, proxies: str = "none", **changes: str
) -> list[str]:
    """Write the configuration of the container into a folder, adapted; return the command that runs it.

    proxies : as in TRUSTED_PROXIES
    changes : further replacements
    """
    places = {
        "/opt/carreau/server/deploy/nginx": str(folder),
        "/srv/carreau/bundle": str(bundle),
        "/var/cache/nginx/carreau": str(folder / "cache"),
        "/var/log/nginx/carreau.log": str(folder / "access.log"),
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{app_port};",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "pid /tmp/nginx.pid;": f"pid {folder}/pid; daemon off;{' user root;' if os.geteuid() == 0 else ''}",
        "_temp_path /tmp/": f"_temp_path {folder}/",
        "error_log stderr crit;": f"error_log {folder}/error.log crit;",
        f"include /tmp/{PROXIES};": f"include {folder}/{PROXIES};",
        **changes,
    }
    texts = {path.name: path.read_text(encoding="utf-8") for path in (DEPLOY / "nginx").glob("*.conf")}
    for place, ours in places.items():
        if not any(place in text for text in texts.values()):
            raise ValueError(f"the shipped configuration of nginx has no {place!r}")
        texts = {name: text.replace(place, ours) for name, text in texts.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / PROXIES).write_text(nginx_directives(parse_proxies(proxies)), encoding="utf-8")
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/container.conf"]
