"""The common record of all formats: the facts that a source states about a place, before it becomes a site.

Texts are by language: the code of `carreau.base.languages` where it is one of them, another code of BCP 47
otherwise, and an empty code where the source does not name the language. Points are in metres, y up, in the frame of
the model as it is copied. What the source does not say is None or empty; nothing is supplied for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from carreau.base.languages import LANGUAGES
from carreau.base.messages import Message, message
from carreau.base.terms import licences
from carreau.base.translator import Translator
from carreau.catalogue.site import Triple
from carreau.exports.importing.source_files import IDENTITY, Matrix

Texts = Mapping[str, str]


def tour_of_views() -> Texts:
    """Return the title of the tour of views that belong to no tour in their source."""
    return {code: Translator(code).within("viewer", "Views") for code in LANGUAGES}


@dataclass(frozen=True)
class Outcome:
    """What became of an item of the source.

    item : its kind and name
    what : how it was kept, or why it is lost
    """

    is_kept: bool
    item: Message
    what: Message

    def line(self) -> Message:
        """Return it in one line."""
        if self.is_kept:
            return message("kept  %(item)s: %(what)s", item=self.item, what=self.what)
        return message("lost  %(item)s: %(what)s", item=self.item, what=self.what)


@dataclass
class Outcomes:
    """The outcomes of all items, in the order in which they were read and written."""

    found: list[Outcome] = field(default_factory=list)
    _lost: set[tuple[str, str]] = field(default_factory=set)

    def keep(self, item: Message, what: Message) -> None:
        """Add an item that was kept."""
        self.found.append(Outcome(True, item, what))

    def lose(self, item: Message, what: Message) -> None:
        """Add an item that was lost; the same loss is told once."""
        if (item, what) not in self._lost:
            self._lost.add((item, what))
            self.found.append(Outcome(False, item, what))


@dataclass(frozen=True)
class SourceMedium:
    """A picture, sound, film or document beside the source.

    name : that annotations and steps call it by
    kind : as in `carreau.catalogue.media`
    captions : a WebVTT file, None where there is none
    address : on the network, where the file was found beside the source by its name
    """

    name: str
    kind: str
    file: Path
    titles: Texts = field(default_factory=dict)
    alts: Texts = field(default_factory=dict)
    credit: str = ""
    licence: str = ""
    captions: Path | None = None
    address: str = ""


@dataclass(frozen=True)
class SourceAnnotation:
    """A text pinned to a point.

    name : that the source calls it by
    media : names
    """

    name: str
    point: Triple | None
    normal: Triple | None
    titles: Texts
    texts: Texts
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceCamera:
    """A view: position and target, and the vertical field of view in degrees, None where the source has none."""

    position: Triple
    target: Triple
    field_deg: float | None = None


@dataclass(frozen=True)
class SourceStep:
    """One view of a tour; annotation and sound are names."""

    camera: SourceCamera | None = None
    annotation: str = ""
    texts: Texts = field(default_factory=dict)
    sound: str = ""
    duration_s: float | None = None


@dataclass(frozen=True)
class SourceTour:
    """A sequence of views."""

    name: str
    titles: Texts
    summaries: Texts
    steps: tuple[SourceStep, ...]


@dataclass(frozen=True)
class SourceModel:
    """A model with what is pinned to it; it becomes a state.

    name : that the source calls it by
    file : None where none can be taken, so that the state is a draft
    placed : from the coordinates of the file to metres
    address : on the network, where the file was found beside the source by its name
    """

    name: str
    titles: Texts
    file: Path | None
    placed: Matrix = IDENTITY
    address: str = ""
    notes: Texts = field(default_factory=dict)
    annotations: tuple[SourceAnnotation, ...] = ()
    tours: tuple[SourceTour, ...] = ()
    credit: str = ""
    licence: str = ""


@dataclass(frozen=True)
class SourceFact:
    """A labelled value of the source's own record."""

    labels: Texts
    values: Texts


@dataclass(frozen=True)
class SourcePlace:
    """Everything that a source says.

    origin : the source in French, for facts that have it as their source
    position : longitude and latitude in degrees
    sources : title and web address, which may be empty
    questions : to the team, in French
    """

    origin: str
    names: Texts
    summaries: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    credit: str = ""
    licence: str = ""
    author: str = ""
    position: tuple[float, float] | None = None
    facts: tuple[SourceFact, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    models: tuple[SourceModel, ...] = ()
    media: tuple[SourceMedium, ...] = ()
    questions: tuple[str, ...] = ()


_NAMED = re.compile(
    r"https?://[^\s<>\"')]+|\bCC[ -]?BY(?:-(?:SA|ND|NC|NC-SA|NC-ND))?[ -]4\.0\b|\bCC0(?:[ -]1\.0)?\b|\betalab-2\.0\b"
    r"|\bLicence Ouverte(?: / Etalab| v)? ?2\.0\b",
    re.IGNORECASE,
)
_DEED = re.compile(r"(?:/deed\.\w+|/legalcode[\w.]*)$")


def known_licence(text: str) -> str:
    """Return the identifier of the one known licence that a text is or names; empty for none, and for several.

    >>> known_licence("© Museum, https://creativecommons.org/licenses/by/4.0/deed.fr"), known_licence("CC BY 3.0")
    ('CC-BY-4.0', '')
    """
    whole = [each.name for each in licences(_DEED.sub("/", text.strip()))]
    if whole:
        return " OR ".join(whole)
    named = (_DEED.sub("/", match.rstrip(".,;")) for match in _NAMED.findall(text))
    spelt = (re.sub(r"(?i)^CC0 ", "CC0-", re.sub(r"(?i)^CC ?BY", "CC-BY", name)) for name in named)
    names = {each.name for name in spelt for each in licences(name)}
    return names.pop() if len(names) == 1 else ""
