"""Desks over small catalogues, and browsers that are signed in there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from carreau.desk.accounts import Sessions
from carreau.desk.entry_checks import CatalogueAround
from carreau.desk.history import Editor, History
from carreau.desk.summaries import Summaries
from carreau.desk.text_lists import TextLists
from carreau.desk.web.app import create_app
from carreau.desk.web.desk import Desk
from tests.conftest import PROJECT, need
from tests.pipeline.catalogue.catalogues import written
from tests.waiting import wait_until

PORT = 8010
ORIGIN = f"http://127.0.0.1:{PORT}"


def desk_over(
    root: Path, locales: Path | None = None, port: int = PORT, language: str = "en", **more: Any
) -> Desk:  # fmt: skip
    """Return a desk of Anne's alone, or with a team, a public address or a service for translations."""
    where = locales or root.parent / "locales"
    summaries = Summaries(root, where, None)
    anne, around = Editor("Anne", "a@example.org"), CatalogueAround(root)
    sessions, texts = Sessions(language), TextLists(root, where)
    return Desk(root, where, port, History(root), anne, summaries, around, sessions, language, texts, **more)


def desk_with(models: Path, root: Path) -> Desk:
    """A desk with models that were built."""
    return replace(desk_over(root), models=models)


def desk_with_trails(folder: Path) -> Desk:
    """A desk over a small catalogue with the real trails, their shows and their maps."""
    root = written(folder / "assets")
    shutil.copytree(PROJECT / "assets" / "trails", root / "trails")
    shutil.copy(PROJECT / "assets" / "communes.geojson", root)
    return desk_over(root)


@contextmanager
def running_desk(*options: str) -> Iterator[str]:
    """Run the command with options, and yield the address that it prints; it ends with the block."""
    script = PROJECT / "server" / "carreau_server" / "static" / "desk-scene.js"
    need(script.is_file(), "the desk's scripts are not built: make setup")
    command = [sys.executable, "-m", "carreau.command.cli", "desk", *options, "--no-browser"]
    variables = {**os.environ, "LC_ALL": "C.UTF-8"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=variables) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait(30)


def visitor(desk: Desk) -> TestClient:
    """A browser that is not signed in."""
    return TestClient(create_app(desk), base_url=ORIGIN, headers={"Origin": ORIGIN}, follow_redirects=False)


def signed_in(desk: Desk) -> TestClient:
    """A browser that is signed in, once the desk has read its catalogue."""
    wait_until(lambda: not desk.summaries.current().waiting, "the catalogue is read")
    client = visitor(desk)
    assert client.get(f"/enter?token={desk.sessions.token}").status_code == 200
    return client


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def fields_of(page: str, form: str = "place") -> dict[str, str]:
    """Return the fields of a form as a browser sends them."""
    inner = re.search(rf'<form[^>]*id="{form}".*?</form>', page, re.DOTALL)
    assert inner
    found = dict[str, str]()
    for tag in re.finditer(
        r"<input\b([^>]*)>|<textarea\b([^>]*)>(.*?)</textarea>|<select\b([^>]*)>(.*?)</select>", inner[0], re.DOTALL
    ):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag[1] or tag[2] or tag[4] or ""))
        name = unescape(attributes.get("name", ""))
        if not name:
            continue
        if tag[4] is not None:
            chosen = re.search(r'<option value="([^"]*)" selected', tag[5]) or re.search(
                r'<option value="([^"]*)"', tag[5]
            )
            found[name] = unescape(chosen[1]) if chosen else ""
        elif tag[2] is not None:
            found[name] = unescape(tag[3].removeprefix("\n"))
        elif attributes.get("type") in ("checkbox", "radio"):
            if " checked" in tag[1]:
                found[name] = unescape(attributes.get("value", "on"))
        else:
            found[name] = unescape(attributes.get("value", ""))
    return found


def sent(client: TestClient, path: str, fields: Mapping[str, str]) -> Response:
    answer: Response = client.post(path, data=dict(fields))
    return answer
