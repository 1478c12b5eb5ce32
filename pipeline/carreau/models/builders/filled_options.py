"""Options of a build that a survey or a file of measured facts fills, and those that make no sense for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from carreau.air.airborne.survey_record import NAME, Layer, Role, SurveyRecord, is_survey, read
from carreau.air.massing.massing_file import is_massing, massing_stem
from carreau.air.massing.read_massing import read_massing
from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.options import AUTO, HISTORIC, ModelOptions
from carreau.base.text_encoding import printable

_PLACING = ("epsg", "offset", "height", "crop", "ground")


def with_record(options: ModelOptions, scan: Path) -> ModelOptions:
    """Return the options with the name, source, licence and credit of a survey's record where they are empty.

    Raises ScanError for an invalid record, and OptionError for options that make no sense for a survey.
    """
    if not is_survey(scan):
        if options.taken_as == HISTORIC:
            raise OptionError(
                message(
                    "--as historic: '%(file)s' is not the folder of a survey from the air; remove the option",
                    file=scan.name,
                )
            )
        return options
    given = [name for name in _PLACING if getattr(options, name) not in ("", None)]
    given += [name for name, own in (("unit", "m"), ("up", "z")) if getattr(options, name) not in (AUTO, own)]
    given += ["as"] if options.taken_as not in (AUTO, HISTORIC) else []
    if given:
        raise OptionError(
            message(
                "--%(option)s: '%(file)s' is a survey from the air, whose survey.toml locates it; remove the option",
                option=given[0],
                file=scan.name,
            )
        )
    record = read(scan / NAME)
    layers = layers_of(record, options.taken_as == HISTORIC)
    return replace(
        options,
        name=options.name or record.title,
        source=options.source or _joined(layer.source or layer.name for layer in layers),
        licence=options.licence or _joined(layer.licence for layer in layers),
        credit=options.credit or credits_of(layers),
    )


def layers_of(record: SurveyRecord, is_historic: bool) -> tuple[Layer, ...]:
    """Return the layers that a model is made of: with the photograph of today or the old one."""
    left_out = {Role.ORTHOPHOTO, Role.BUILDINGS} if is_historic else {Role.HISTORIC}
    return tuple(layer for layer in record.layers if layer.role not in left_out)


def credits_of(layers: Iterable[Layer]) -> str:
    """Return the credits of layers, each once."""
    return _joined(layer.credit for layer in layers)


def _joined(texts: Iterable[str]) -> str:
    return " ; ".join(dict.fromkeys(text for text in texts if text))


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
