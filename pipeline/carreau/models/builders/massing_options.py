"""Options of a build that a file of measured facts fills, and those that make no sense for one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from carreau.air.massing_files.massing_file import is_massing, massing_stem
from carreau.air.massing_files.read_massing import read_massing
from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.options import AUTO, ModelOptions
from carreau.base.text_encoding import printable

_PLACING = ("epsg", "offset", "height", "crop", "ground")


def with_facts(options: ModelOptions, path: Path) -> ModelOptions:
    """Return the options with the title, sources, licence and credit of a file of measured facts where they are empty.

    Raises FormatError for an invalid file, and OptionError for options that make no sense for one.
    """
    if not is_massing(path):
        return options
    given = [name for name in _PLACING if getattr(options, name) not in ("", None)]
    given += [name for name, own in (("unit", "m"), ("up", "z")) if getattr(options, name) not in (AUTO, own)]
    given += ["as"] if options.taken_as not in (AUTO, "authored") else []
    if given:
        raise OptionError(
            message(
                "--%(option)s: '%(file)s' holds measured facts in metres, with their place; remove the option",
                option=given[0],
                file=path.name,
            )
        )
    massing = read_massing(path)
    return replace(
        options,
        name=options.name or massing.title or printable(massing_stem(path)),
        source=options.source or " ; ".join(massing.sources.values()),
        licence=options.licence or massing.licence,
        credit=options.credit or massing.credit,
    )
