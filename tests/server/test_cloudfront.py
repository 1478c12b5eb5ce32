"""The function for CloudFront finds every page of a copy, and leaves what has a name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from carreau.site.publish import bundle_answers
from tests.server.asking import PROJECT

NODE = Path(sys.prefix) / "node" / "bin" / "node"
FUNCTION = PROJECT / "server" / "deploy" / "cloudfront.js"


def looked_for(paths: Iterable[str]) -> list[str]:
    script = f"{FUNCTION.read_text(encoding='utf-8')}\nconst paths = {json.dumps(list(paths))};"
    script += "\nconsole.log(JSON.stringify(paths.map((uri) => handler({ request: { uri } }).uri)));"
    done = subprocess.run([NODE, "-e", script], check=True, capture_output=True, text=True)
    return [str(uri) for uri in json.loads(done.stdout)]


PAGES = ["/", "/fr/", "/de/orte/fosse-mathilde", "/fr/recherche", "/embed/fosse-mathilde", "/q/arenberg/3"]
NAMED = [
    "/a/0123.glb",
    "/v1/sites/fosse-mathilde.fr.json",
    "/fr/carreau.webmanifest",
    "/service-worker.js",
    "/404.html",
    "/embed/fosse-mathilde/index.pl.html",
]


@pytest.mark.skipif(not NODE.is_file(), reason="the environment has no Node")
def test_pages_are_found_under_their_static_names() -> None:
    assert looked_for(PAGES) == [f"/{bundle_answers.static_path(path, 'fr', 'html')}" for path in PAGES]
    assert looked_for(NAMED) == NAMED
