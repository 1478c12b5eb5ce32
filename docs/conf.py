"""Configure the documentation: Sphinx with MyST and furo, without any request to another host."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
sys.path.insert(0, str(_ROOT / "pipeline"))

project = "Carreau"
author = "the Carreau contributors"
release = _PROJECT["version"]
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True
# Types in signatures are not links: most are NumPy's or the standard library's, whose indexes are on other hosts.
nitpick_ignore_regex = [("py:.*", ".*")]
autodoc_typehints_format = "short"

# Headings get anchors, so that pages can link to sections as they do on a code host.
myst_heading_anchors = 3
# A tilde, a quotation mark and "--" are written as they are meant.
smartquotes = False

html_theme = "furo"
html_title = "Carreau"
html_show_sphinx = False
html_copy_source = False

_FIELD = re.compile(r"^(\w[\w, ]*) : (.*)")


def _fields(_app: Any, _what: str, _name: str, _of: Any, _options: Any, lines: list[str]) -> None:
    """Turn the lines `name : description` of our docstrings into a list."""
    result: list[str] = []  # with an empty line before and after each list
    is_inside = False
    for line in lines:
        match = _FIELD.match(line)
        if match and not is_inside and result and result[-1]:
            result.append("")
        if is_inside and not match and line.strip() and not line.startswith(" "):
            result.append("")
        is_inside = bool(match) or (is_inside and line.startswith(" "))
        result.append(f"*   **{match[1]}**: {match[2]}" if match else line)
    lines[:] = result


def setup(app: Any) -> None:
    """Register the hook."""
    app.connect("autodoc-process-docstring", _fields)
