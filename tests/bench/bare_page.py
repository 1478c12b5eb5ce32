"""Put pages of somebody who uses model-viewer alone beside ours, on the same server.

One has the same scan as JPEG and Draco, as other tools make it; one has the very file that ours shows on a phone.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from carreau.base.schema.bundle import FILES, Answer
from carreau.base.schema.parts import File
from carreau.base.tools import node
from carreau.models.stages.read import read
from carreau.site.content_store import ContentStore
from carreau.site.releases import read_current, swap, with_release_id
from server.viewer.tools.static_files import MODULES
from tests.bench import peers
from tests.bench.processes import run

ADDRESS, SAME_FILE = "/bench/bare", "/bench/same"
TEXTURE_PX = 2048

_SETTINGS = """self.ModelViewerElement = {{
  dracoDecoderLocation: "/viewer/draco/", meshoptDecoderLocation: "/{meshopt}",
}};
"""
_MESHOPT = "// The decoder is in model-viewer.\n"
_STYLE = "model-viewer { width: 100%; height: 70vh; }\n"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scan</title>
<link rel="preload" as="fetch" crossorigin href="/{model}">
<link rel="stylesheet" href="/{style}">
<script src="/{settings}"></script>
<script type="module" src="/{library}"></script>
</head>
<body>
<h1>Scan</h1>
<p class="lead">A scan.</p>
<model-viewer src="/{model}" alt="A scan" camera-controls></model-viewer>
</body>
</html>
"""
"""What a skilled user does: everything from one origin, and the model fetched from the first moment on."""


def make_draco(scan: Path, work: Path) -> Path:
    """Return the scan as `gltf-transform optimize` makes it by default, with Draco, its JPEG at 2048 pixels."""
    work.mkdir(parents=True, exist_ok=True)
    source, out = peers.convert(scan, read(scan), work).gltf_transform, work / "draco.glb"
    command = [str(node()), str(peers.CLI), "optimize", str(source), str(out), "--compress", "draco"]
    run([*command, "--texture-compress", "auto", "--texture-size", str(TEXTURE_PX)])
    return out


def add_bare(bundle: Path, model: Path, address: str = ADDRESS) -> None:
    """Let the server of a bundle answer at an address with a page of a model, with Brotli where that pays."""
    manifest = read_current(bundle)
    assert manifest is not None
    store = ContentStore(bundle)
    meshopt = store.add_bytes(_MESHOPT.encode(), "js")
    settings = _SETTINGS.format(meshopt=meshopt.path)
    files = {
        "meshopt": meshopt,
        "model": store.add_file(model),
        "style": store.add_bytes(_STYLE.encode(), "css"),
        "settings": store.add_bytes(settings.encode(), "js"),
        "library": store.add_file(MODULES / "@google/model-viewer/dist/model-viewer.min.js"),
    }
    page = store.add_bytes(_PAGE.format(**{name: file.path for name, file in files.items()}).encode(), "html")
    path = bundle / FILES / f"{manifest.database}.sqlite"
    put = store.add_bytes(_with_rows(path, address, page, (*files.values(), page)), "sqlite")
    listed = {file.path: file for file in (*manifest.files, *files.values(), page, put)}
    answer = Answer(path=address, lang="", sha256=page.sha256, static=f"{address[1:]}/index.html")
    answers = sorted((*manifest.answers, answer), key=lambda each: (each.path, each.lang))
    changes = {
        "files": tuple(file for _, file in sorted(listed.items()) if file.sha256 != manifest.database),
        "answers": tuple(answers),
        "database": put.sha256,
    }
    swap(bundle, with_release_id(manifest.model_copy(update=changes)))


def _with_rows(path: Path, address: str, page: File, files: tuple[File, ...]) -> bytes:
    copy = path.with_name("with-bare.sqlite")
    copy.write_bytes(path.read_bytes())
    database = sqlite3.connect(copy)
    for file in files:
        row = (file.sha256, file.ext, file.media_type, file.bytes, file.brotli_bytes, file.gzip_bytes)
        database.execute("INSERT OR IGNORE INTO file VALUES (?, ?, ?, ?, ?, ?)", row)
    row = (page.sha256, page.ext, page.media_type, page.bytes, page.brotli_bytes, page.gzip_bytes)
    database.execute("INSERT OR REPLACE INTO answer VALUES (?, '', ?, ?, ?, ?, ?, ?)", (address, *row))
    database.commit()
    database.close()
    content = copy.read_bytes()
    copy.unlink()
    return content
