"""Print what `pip install carreau[EXTRA,…]` asks for, as pip-compile reads it: `make lock`.

pip-compile itself forgets the platforms of requirements that stand in an extra, and brings the project into its own
lock where an extra names others.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]


def requirements(extras: Iterable[str]) -> Iterator[str]:
    """Yield the requirements of the project with extras, those that they name included; some more than once."""
    yield from PROJECT["dependencies"]
    for extra in extras:
        for each in PROJECT["optional-dependencies"][extra]:
            found = Requirement(each)
            if found.name == PROJECT["name"]:
                yield from requirements(sorted(found.extras))
            else:
                yield each


if __name__ == "__main__":
    print("\n".join(dict.fromkeys(requirements(sys.argv[1:]))))
