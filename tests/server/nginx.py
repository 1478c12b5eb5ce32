"""The shipped nginx configuration with the paths and ports of a test or a measurement."""

from __future__ import annotations

import os
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "server" / "deploy"


def configured(folder: Path, bundle: Path, port: int, app_port: int, **changes: str) -> list[str]:
    """Write the configuration of the container into a folder, adapted; return the command that runs it.

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
        "error_log stderr;": f"error_log {folder}/error.log;",
        **changes,
    }
    texts = {path.name: path.read_text(encoding="utf-8") for path in (DEPLOY / "nginx").glob("*.conf")}
    for place, ours in places.items():
        if not any(place in text for text in texts.values()):
            raise ValueError(f"the shipped configuration of nginx has no {place!r}")
        texts = {name: text.replace(place, ours) for name, text in texts.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", f"{folder}/container.conf"]
