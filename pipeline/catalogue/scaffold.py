"""Write the file, or the part of one, that a curator starts from."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from pathlib import Path

from pipeline.catalogue.document import open_document
from pipeline.catalogue.reading import NAME
from pipeline.catalogue.templates import ROUTE, SITE, STATE
from pipeline.catalogue.writing import write_whole
from pipeline.errors import OptionError, StorageError

WHAT = ("site", "route", "state")


def scaffold(what: str, name: str, root: Path) -> Path:
    """Write a commented start of a site, a route, or a state of a site, and return its file.

    name : of a site or route as people say it, or its slug; of a state SITE/STATE
    Raises OptionError where the name makes no sense or is taken; nothing is ever overwritten.
    """
    if what == "state":
        return _begin_state(name, root)
    slug = slug_of(name)
    shown = "" if name == slug else name
    path = root / "sites" / slug / "site.toml" if what == "site" else root / "routes" / f"{slug}.toml"
    _write(path, (SITE if what == "site" else ROUTE).replace("{name}", json.dumps(shown, ensure_ascii=False)), what)
    return path


def slug_of(name: str) -> str:
    """Return the name that links use; raises OptionError where nothing of the name is left.

    >>> slug_of("Cité de l’Église n° 3")
    'cite-de-l-eglise-n-3'
    """
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "oe"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if not slug:
        raise OptionError(f"'{name}': makes no name for links; give it letters or digits")
    return slug


def _begin_state(name: str, root: Path) -> Path:
    site, _, state = name.partition("/")
    if not NAME.fullmatch(site) or not NAME.fullmatch(state):
        raise OptionError(f"'{name}': a state is named SITE/STATE, such as fosse-mathilde/1930")
    path = root / "sites" / site / "site.toml"
    if not path.is_file():
        raise OptionError(f"{path}: is not there; begin the site first with: carreau new site {site}")
    sheet = open_document(path, str(path))
    if sheet.findings:
        raise OptionError(str(sheet.findings[0]))
    states = sheet.data.get("state", [])
    if any(each.get("id") == state for each in states if isinstance(each, dict)):
        raise OptionError(f"{path}: has a state '{state}' already, which is left as it is")
    text = sheet.text.rstrip("\n") + "\n\n" + STATE.replace("{id}", state)
    try:
        tomllib.loads(text)
    except ValueError as error:
        raise OptionError(f"{path}: its states are not written as [[state]]; write them so first") from error
    write_whole(path, text.encode())
    return path


def _write(path: Path, text: str, what: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise OptionError(f"{path}: is there already, and is left as it is; choose another name of a {what}") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}") from error
