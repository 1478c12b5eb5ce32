"""Programs written after the description alone: clients that generators make in Python and TypeScript."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT, need
from tests.server.asking import Ask

CLIENTS = PROJECT / "tests" / "server" / "clients"
NODE = Path(sys.prefix) / "node" / "bin" / "node"

TYPES = """
[mypy]
warn_unused_ignores = true
cache_dir = types
# The generator gives `__exit__` arguments of any type.
[mypy-carreau.client]
disable_error_code = arg-type
# It names one variable after a model and after its field, where these are the same word; the program is right.
[mypy-carreau.models.hits,carreau.models.level]
disable_error_code = assignment,return-value
"""

USE = '''
import sys

from carreau import Client
from carreau.api.search import search
from carreau.api.sites import get_site, list_sites
from carreau.models import Hits, Problem, Site, SiteList

client = Client(sys.argv[1])
sites = list_sites.sync(client=client, kind="fosse", limit=1)
assert isinstance(sites, SiteList), sites
assert sites.sites[0].kind.code == "fosse"
site = get_site.sync(sites.sites[0].slug, client=client, lang="fr")
assert isinstance(site, Site), site
assert (site.slug, site.lang) == (sites.sites[0].slug, "fr")
hits = search.sync(client=client, q="mathilde")
assert isinstance(hits, Hits), hits
assert {hit.kind for hit in hits.hits} <= {"site", "route"}
assert hits.matched >= 1
lacking = get_site.sync_detailed("nowhere", client=client)
assert isinstance(lacking.parsed, Problem), lacking
assert (lacking.parsed.status, lacking.parsed.code) == (404, "site-not-found")
refused = list_sites.sync(client=client, limit=0)
assert isinstance(refused, Problem), refused
assert isinstance(refused.errors, list)
assert refused.errors[0].parameter == "limit"

def wrong() -> None:
    """Do what the type checker must refuse."""
    search.sync(client=client)  # type: ignore[call-arg]
    list_sites.sync(client=client, limit="ten")  # type: ignore[arg-type]
    list_sites.sync(client=client, lang=None)  # type: ignore[arg-type]
    print(site.colour)  # type: ignore[union-attr]
'''


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program; return all that it writes."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout
    return process.stdout


@pytest.fixture
def described(asked: Ask, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_bytes(asked("/openapi.json").body)
    return path


def test_a_python_client_is_generated_checked_and_answered(described: Path, port: int) -> None:
    folder = described.parent
    generate = ("generate", "--path", described.name, "--output-path", "carreau", "--meta", "none", "--fail-on-warning")
    log = run(sys.executable, "-m", "openapi_python_client", *generate, cwd=folder)
    assert "warning" not in log.lower(), log
    (folder / "use.py").write_text(USE)
    (folder / "mypy.ini").write_text(TYPES)
    run(sys.executable, "-m", "mypy", "use.py", "carreau", cwd=folder)
    run(sys.executable, "-W", "error", "use.py", f"http://127.0.0.1:{port}", cwd=folder)


def test_types_are_generated_for_typescript_and_hold(described: Path, viewer_modules: Path) -> None:
    folder, generator = described.parent, CLIENTS / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    need(generator.is_file(), "openapi-typescript is not installed: make setup")
    log = run(NODE, generator, described, "--output", folder / "carreau.ts", cwd=folder)
    assert not re.search("warn|error|⚠|✘", log, re.IGNORECASE), log
    shutil.copy(CLIENTS / "use.ts", folder)
    compiler, strict = viewer_modules / "typescript" / "bin" / "tsc", ("--strict", "--exactOptionalPropertyTypes")
    options = ("--noEmit", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom")
    run(NODE, compiler, *strict, *options, folder / "use.ts", cwd=folder)
