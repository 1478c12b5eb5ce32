"""Create sites, routes, trails, shows, maps that move, states and files of measured facts from templates."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from pathlib import Path

from carreau.base.document import open_document
from carreau.base.errors import OptionError, StorageError, cannot_write
from carreau.base.files import write_whole
from carreau.base.messages import message
from carreau.catalogue.catalogue import SHEETS, SITES, TRAILS
from carreau.catalogue.show import ENDING
from carreau.catalogue.table_reader import ENTRY_NAME, LONGEST_NAME
from carreau.catalogue.trail import SCENE_ENDING

_TEMPLATES = Path(__file__).parent / "templates"
"""Commented files with every key, in French."""


def scaffold(kind: str, name: str, root: Path) -> Path:
    """Create an entry of the catalogue, or what belongs to a site, from its commented template; return the file.

    kind : name of a template
    name : of a site, route or trail, or its slug; SITE/NAME for what belongs to a site, TRAIL/NAME or SITE/NAME for a
        show or map, where NAME may be a slug too
    Raises OptionError where the name is invalid or taken; nothing is ever overwritten.
    """
    if kind == "state":
        return _begin_state(name, root)
    if kind == "massing":
        folder, own = _in_site(name, root, "SITE/NAME")
        path = folder / f"{own}.massing.toml"
        _write(path, template(kind))
        return path
    if kind == "show":
        return _begin_show(name, root)
    if kind == "map":
        return _begin_map(name, root)
    slug = _new_slug(name)
    shown = "" if name == slug else name
    path = {
        "site": root / SITES / slug / SHEETS[SITES],
        "route": root / "routes" / f"{slug}.toml",
        "trail": root / TRAILS / slug / SHEETS[TRAILS],
    }[kind]
    _write(path, _template(kind, "name", shown))
    return path


def slug_of(name: str) -> str:
    """Return the slug of a name; raises OptionError where it would be empty.

    >>> slug_of("Cité de l’Église n° 3")
    'cite-de-l-eglise-n-3'
    """
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "oe"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if not slug:
        raise OptionError(
            message("'%(name)s' contains neither letters nor digits; add some for its links", name=name[:LONGEST_NAME])
        )
    return slug


def _new_slug(name: str) -> str:
    slug = slug_of(name)
    if not ENTRY_NAME.fullmatch(slug):
        raise OptionError(
            message("'%(name)s' is too long for links; give at most 100 letters and digits", name=name[:LONGEST_NAME])
        )
    return slug


def _in_site(name: str, root: Path, form: str) -> tuple[Path, str]:
    """Return the folder of a site, and the name of what belongs to it; raises OptionError where there is no site."""
    site, _, own = name.partition("/")
    if not ENTRY_NAME.fullmatch(site) or not ENTRY_NAME.fullmatch(own):
        raise OptionError(
            message("'%(name)s' is not %(form)s; write it as in fosse-mathilde/1930", name=name, form=form)
        )
    path = root / "sites" / site / "site.toml"
    if not path.is_file():
        command = f"carreau new site {site}"
        raise OptionError(
            message("%(file)s does not exist; create the site first: %(command)s", file=str(path), command=command)
        )
    return path.parent, own


def _beside(name: str, root: Path) -> tuple[Path, str, str]:
    """Return the folder of a trail or site, and slug and name of what lies in it; raises OptionError for neither.

    The name is empty where it is the slug.
    """
    owner, _, own = name.partition("/")
    if not ENTRY_NAME.fullmatch(owner) or not own:
        cause = message("'%(name)s' is not TRAIL/NAME or SITE/NAME; write it as in jules-mousseron/mots", name=name)
        raise OptionError(cause)
    folders = [root / kind / owner for kind in (TRAILS, SITES) if (root / kind / owner / SHEETS[kind]).is_file()]
    if not folders:
        raise OptionError(message("there is no trail or site '%(name)s'; create it first", name=owner))
    slug = _new_slug(own)
    return folders[0], slug, "" if own == slug else own


def _begin_show(name: str, root: Path) -> Path:
    folder, slug, shown = _beside(name, root)
    path = folder / f"{slug}{ENDING}"
    others = sorted(each for each in folder.glob(f"*{ENDING}") if each != path)
    if others:
        raise OptionError(message("%(file)s already is the show of this folder; edit it", file=str(others[0])))
    _write(path, _template("show", "name", shown))
    return path


def _begin_map(name: str, root: Path) -> Path:
    folder, slug, shown = _beside(name, root)
    path = folder / f"{slug}{SCENE_ENDING}"
    others = [each for kind in (TRAILS, SITES) for each in root.glob(f"{kind}/*/{path.name}") if each != path]
    if others:  # addresses and translations go by the name
        raise OptionError(message("%(file)s already exists; choose another name", file=str(others[0])))
    _write(path, _template("map", "name", shown))
    return path


def _begin_state(name: str, root: Path) -> Path:
    folder, state = _in_site(name, root, "SITE/STATE")
    path = folder / "site.toml"
    document = open_document(path, str(path))
    if document.findings:
        raise OptionError(document.findings[0].message())
    states = document.data.get("state", [])
    if any(each.get("id") == state for each in states if isinstance(each, dict)):
        raise OptionError(
            message(
                "%(file)s already has a state '%(state)s'; choose another name or edit it", file=str(path), state=state
            )
        )
    text = document.text.rstrip("\n") + "\n\n" + _template("state", "id", state)
    try:
        tomllib.loads(text)
    except ValueError as error:
        raise OptionError(
            message("the states in %(file)s are not [[state]] tables; rewrite them first", file=str(path))
        ) from error
    write_whole(path, text.encode())
    return path


def template(kind: str) -> str:
    """Return a commented template by its name."""
    return (_TEMPLATES / f"{kind}.toml").read_text(encoding="utf-8")


def _template(kind: str, key: str, value: str) -> str:
    return template(kind).replace(f'{key} = ""', f"{key} = {json.dumps(value, ensure_ascii=False)}", 1)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise OptionError(message("%(file)s already exists; choose another name", file=str(path))) from error
    except OSError as error:
        raise StorageError(cannot_write(path, error)) from error
