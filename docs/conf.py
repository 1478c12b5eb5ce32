"""Configure the documentation: Sphinx with MyST and furo, without any request to another host."""

from __future__ import annotations

import tomllib
from pathlib import Path

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]

project = "Carreau"
author = "the Carreau contributors"
release = _PROJECT["version"]
language = "en"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

# Headings get anchors, so that pages can link to sections as they do on a code host.
myst_heading_anchors = 3
# A tilde, a quotation mark and "--" are written as they are meant.
smartquotes = False

html_theme = "furo"
html_title = "Carreau"
html_show_sphinx = False
html_copy_source = False
