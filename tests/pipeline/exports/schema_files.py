"""Find the schemas of the standards, which lie beside the project and not in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SCHEMAS = Path(__file__).parents[4] / "shared" / "standards" / "schemas"


def schemas(name: str) -> Path:
    """Return the folder of a standard's schemas; a test that wants it is skipped where there is none, but not in CI."""
    folder = SCHEMAS / name
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{folder} is not there")
        pytest.skip(f"the schemas are not beside the project: {folder}")
    return folder
