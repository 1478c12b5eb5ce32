"""Generate the simulated files of the demonstration place, `file = "sample:…"`.

The generator is in `assets/demonstration` of the project's sources and is not installed. Only that copy is run, never
code in the catalogue named on the command line.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.package_folders import GENERATOR

_PACKAGE = "assets.demonstration"


def simulate(name: str, folder: Path, progress: Callable[[str, float], None] = lambda _message, _share: None) -> Path:
    """Return the simulated file of a name, generated in `folder / name` unless it is already there.

    progress : called with the current step and the share done, 0..1
    Raises OptionError for an unknown name, and where the project's sources are not there.
    """
    if not (GENERATOR / "__init__.py").is_file():
        raise OptionError(
            message(
                "sample:%(name)s: only a source checkout of Carreau can generate it; run this command there", name=name
            )
        )
    _load_package()
    return Path(importlib.import_module(f"{_PACKAGE}.named").make_named(name, folder, progress))


def _load_package() -> None:
    """Load the generator from its folder, whatever else the import path calls `assets`."""
    if _PACKAGE in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, GENERATOR / "__init__.py", submodule_search_locations=[str(GENERATOR)]
    )
    if spec is None or spec.loader is None:
        raise OptionError(message("%(path)s cannot be imported; check out the sources again", path=str(GENERATOR)))
    package = importlib.util.module_from_spec(spec)
    # `from assets.demonstration import x` looks the topmost package up, too, which need not be on the import path.
    sys.modules.setdefault(_PACKAGE.partition(".")[0], ModuleType("assets"))
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)
