"""What models are made of besides scans: surveys from the air, and files of measured facts.

A row each, and the only way from a build to the room `air`: the flow, the cache's inputs, folders of scans, the command
and the catalogue ask the rows. Functions are text, `module:function`, so that a build imports only what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from carreau.air.airborne.survey_record import NAME, Layer, Role, SurveyRecord, is_survey, read
from carreau.air.massing.massing_file import is_massing, massing_stem
from carreau.air.massing.part_types import FOLDER, read_type
from carreau.air.massing.read_massing import read_massing
from carreau.base.errors import FormatError, OptionError, ScanError
from carreau.base.messages import Message, message, printable
from carreau.base.options import AUTO, HISTORIC, ModelOptions

if TYPE_CHECKING:
    from carreau.runs.cache import Cache, InputFiles

_PLACING = ("epsg", "offset", "height", "crop", "ground")


@dataclass(frozen=True)
class Source:
    """A kind of folder or file that a model is made of.

    name : identifier
    is_one : tells whether a path is one
    stem : returns the name of one without its ending
    read_as : values of `--as` that make sense for it
    refusal : says that an `option` makes none for a `file`, which locates and scales itself
    options : returns options with what one says of itself where they are empty
    context : function of files, options and a cache: the tasks that all levels share
    facts : function of files, context and a cache: the part of the report about it
    inspect : stage, function of a path: what it holds, for `carreau inspect`
    files : function of a folder: the files that it consists of, and the names of those that are missing; empty where it
        is one file
    node_names : function of a path: the nodes of its model, which the catalogue may describe; empty where they depend
        on what is built. Raises FormatError.
    """

    name: str
    is_one: Callable[[Path], bool]
    stem: Callable[[Path], str]
    read_as: tuple[str, ...]
    refusal: Callable[..., Message]
    options: Callable[[ModelOptions, Path], ModelOptions]
    context: str
    facts: str
    inspect: str
    files: str = ""
    node_names: str = ""

    def input_files(self, path: Path) -> tuple[list[Path], list[str]]:
        """Return the files that it consists of besides itself, and the names of missing ones; raises ScanError."""
        files: tuple[list[Path], list[str]] = resolve_name(self.files)(path) if self.files else ([], [])
        return files

    def shared_tasks(self, files: InputFiles, options: ModelOptions, cache: Cache) -> Any:
        """Return the tasks that all levels share, a SceneContext; nothing runs yet."""
        return resolve_name(self.context)(files, options, cache)

    def report_facts(self, files: InputFiles, context: Any, cache: Cache) -> dict[str, Any]:
        """Return the part of the report about it."""
        facts: dict[str, Any] = resolve_name(self.facts)(files, context, cache)
        return facts


def with_record(options: ModelOptions, survey: Path) -> ModelOptions:
    """Return the options with the name, source, licence and credit of a survey's record where they are empty.

    Raises ScanError for an invalid record.
    """
    record = read(survey / NAME)
    layers = list_layers(record, options.taken_as == HISTORIC)
    return replace(
        options,
        name=options.name or record.title,
        source=options.source or _join(layer.source or layer.name for layer in layers),
        licence=options.licence or _join(layer.licence for layer in layers),
        credit=options.credit or join_credits(layers),
    )


def list_layers(record: SurveyRecord, is_historic: bool) -> tuple[Layer, ...]:
    """Return the layers that a model is made of: with the photograph of today or the old one."""
    left_out = {Role.ORTHOPHOTO, Role.BUILDINGS} if is_historic else {Role.HISTORIC}
    return tuple(layer for layer in record.layers if layer.role not in left_out)


def has_made_photograph(survey: Path) -> bool:
    """Return whether the old photograph of a survey was made to show what a real one would give.

    False for an invalid record, of which reading it tells.
    """
    try:
        return any(layer.simulated for layer in read(survey / NAME).of(Role.HISTORIC))
    except ScanError:
        return False


def join_credits(layers: Iterable[Layer]) -> str:
    """Return the credits of layers, each once."""
    return _join(layer.credit for layer in layers)


def _join(texts: Iterable[str]) -> str:
    return " ; ".join(dict.fromkeys(text for text in texts if text))


def with_facts(options: ModelOptions, path: Path) -> ModelOptions:
    """Return the options with the title, sources, licence and credit of a file of measured facts where they are empty.

    Raises FormatError for an invalid file.
    """
    massing = read_massing(path)
    return replace(
        options,
        name=options.name or massing.title or printable(massing_stem(path)),
        source=options.source or " ; ".join(massing.sources.values()),
        licence=options.licence or massing.licence,
        credit=options.credit or massing.credit,
    )


SURVEY = Source(
    "survey",
    is_survey,
    lambda path: path.stem,
    (AUTO, HISTORIC),
    lambda **named: message(
        "--%(option)s: '%(file)s' is a survey from the air, whose survey.toml locates it; remove the option", **named
    ),
    with_record,
    context="carreau.models.builders.survey_builder:create_survey_context",
    facts="carreau.models.builders.survey_builder:survey_facts",
    inspect="carreau.models.stages.survey_model:inspect_survey",
    files="carreau.air.airborne.survey_record:survey_files",
)
MASSING = Source(
    "massing",
    is_massing,
    massing_stem,
    (AUTO, "authored"),
    lambda **named: message(
        "--%(option)s: '%(file)s' holds measured facts in metres, with their place; remove the option", **named
    ),
    with_facts,
    context="carreau.models.builders.massing_builder:create_massing_context",
    facts="carreau.models.builders.massing_builder:massing_facts",
    inspect="carreau.models.stages.massing_scene:inspect_massing",
    files="carreau.air.massing.read_massing:massing_files",
    node_names="carreau.air.massing.read_massing:node_names",
)
SOURCES = (SURVEY, MASSING)
TYPES = FOLDER
"""Folder of a catalogue with the types that parts of reconstructions name."""


def type_errors(folder: Path) -> Iterator[tuple[Path, FormatError]]:
    """Yield the files of a folder of types that cannot be used, with the reason."""
    for path in sorted(folder.glob("*.toml")):
        try:
            read_type(path)
        except FormatError as error:
            yield path, error


def recognize_source(path: Path) -> Source | None:
    """Return what a path is a model's source as; None for a scan."""
    return next((each for each in SOURCES if each.is_one(path)), None)


def complete_options(options: ModelOptions, path: Path) -> ModelOptions:
    """Return options with the name, source, licence and credit that a source states where they are empty.

    Raises ScanError for an invalid source, and OptionError for options that make no sense for one.
    """
    source = recognize_source(path)
    if source is None:
        if options.taken_as == HISTORIC:
            raise OptionError(
                message(
                    "--as historic: '%(file)s' is not the folder of a survey from the air; remove the option",
                    file=path.name,
                )
            )
        return options
    given = [name for name in _PLACING if getattr(options, name) not in ("", None)]
    given += [name for name, own in (("unit", "m"), ("up", "z")) if getattr(options, name) not in (AUTO, own)]
    given += [] if options.taken_as in source.read_as else ["as"]
    given += ["variant"] if options.variant else []
    if given:
        raise OptionError(source.refusal(option=given[0], file=path.name))
    return source.options(options, path)
