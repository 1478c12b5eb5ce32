"""Build `server/static/`: the viewer's libraries as a browser takes them, `python -m server.static_files`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from server.transcoder import without_eval

_HERE = Path(__file__).parent
MODULES = _HERE / "viewer" / "node_modules"
STATIC = _HERE / "static"

_LIBRARIES = "three/examples/jsm/libs"
FILES = {
    "model-viewer.js": "@google/model-viewer/dist/model-viewer.min.js",
    "basis/basis_transcoder.js": f"{_LIBRARIES}/basis/basis_transcoder.js",
    "basis/basis_transcoder.wasm": f"{_LIBRARIES}/basis/basis_transcoder.wasm",
    "draco/draco_decoder.js": f"{_LIBRARIES}/draco/gltf/draco_decoder.js",
    "draco/draco_wasm_wrapper.js": f"{_LIBRARIES}/draco/gltf/draco_wasm_wrapper.js",
    "draco/draco_decoder.wasm": f"{_LIBRARIES}/draco/gltf/draco_decoder.wasm",
}
"""Where each lies among the npm packages."""


def build(modules: Path = MODULES, static: Path = STATIC) -> None:
    """Write all of it anew; raises OSError where a package is not installed."""
    shutil.rmtree(static, ignore_errors=True)
    for name, source in FILES.items():
        path = static / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == "basis/basis_transcoder.js":
            path.write_text(without_eval((modules / source).read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copyfile(modules / source, path)
    # model-viewer brings the meshopt decoder, and only wants an address for it.
    (static / "meshopt.js").write_text("// The decoder is in model-viewer.\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        build()
    except OSError as error:
        sys.exit(f"server/static could not be built: {error}; run make setup")
