"""Say what is wrong in the language of whoever asked: English here, the others in `locales/<lang>/…/server.po`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po

SOURCE = "en"
_LOCALES = Path(__file__).parents[1] / "locales"

TITLES = {
    400: "The question cannot be understood",
    404: "Not found",
    405: "Nothing can be written here",
    406: "Not to be had in this form",
    413: "A question has no body",
    414: "The question is too long",
    416: "No such part",
    429: "Too many questions",
    500: "Something went wrong here",
    501: "Not to be had in this format",
    503: "Not to be had at the moment",
}

SENTENCES = {
    "address": "Nothing has this address.",
    "site": "There is no site “%(slug)s”.",
    "route": "There is no route “%(slug)s”.",
    "state": "The site “%(slug)s” has no state “%(state)s”.",
    "export": "“%(slug)s” is not to be had as “%(ending)s”.",
    "pack": "The route “%(slug)s” has no pack of this size.",
    "model": "Nothing was built of this state for this use yet.",
    "unfit": "No model of this state is as small as asked; the smallest has %(bytes)s bytes, and takes %(gpu_bytes)s "
    "bytes of graphics memory.",
    "foreign": "This address is no page of a site or route here.",
    "form": "It is to be had as: %(forms)s.",
    "question": "Some parameters are not as they should be; “errors” says which.",
    "method": "Only GET, HEAD and OPTIONS are answered.",
    "body": "Send the question without a body.",
    "long": "The part of the address behind the question mark has over %(most)s characters.",
    "range": "The file has %(bytes)s bytes, and none of them is in the part that was asked for.",
    "many": "Ask again in %(seconds)s s.",
    "failure": "It was noted under the number %(id)s.",
    "format": "The formats are: %(choices)s.",
    "rotten": "A file is missing or damaged; the people in charge can see which.",
    # Of the catalogue itself.
    "catalogue": "Sites of mining heritage: models, texts and itineraries.",
    "sites": "Sites",
    "sites_of": "The sites of the catalogue, each a point or the outline of its place.",
    # Of one parameter.
    "unknown": "There is no such parameter. There are: %(names)s.",
    "missing": "It must be there.",
    "number": "It must be a number.",
    "whole": "It must be a whole number.",
    "least": "It must be %(least)s or more.",
    "most": "It must be %(most)s or less.",
    "short": "It must have %(least)s characters or more.",
    "lengthy": "It must have %(most)s characters or fewer.",
    "choice": "It must be one of: %(choices)s.",
    "bbox": "It must be four numbers, west,south,east,north, in degrees.",
    "near": "It must be two numbers, longitude,latitude, in degrees.",
    "cursor": "It is no cursor of this list; take it from “next”.",
    "moment": "It must be a date and time, or two with a stroke between, as in RFC 3339.",
    "alone": "It says something only together with “%(other)s”.",
    "malformed": "It is not as the description of this interface says.",
}
"""Every sentence by its key; `%(name)s` stands for a value."""


class Said:
    """The sentences in every language there is."""

    def __init__(self, locales: Path = _LOCALES) -> None:
        """Read the translations; a language without any speaks English."""
        self._all: dict[str, Mapping[str, str]] = {}
        for path in sorted(locales.glob("*/LC_MESSAGES/server.po")):
            with path.open("rb") as stream:
                catalogue = read_po(stream)
            texts = {str(each.id): str(each.string) for each in catalogue if each.id and each.string}
            self._all[path.parts[-3]] = texts

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that have sentences."""
        return (SOURCE, *self._all)

    def title(self, status: int, language: str) -> str:
        """Return what a status means."""
        text = TITLES.get(status, TITLES[500])
        return self._all.get(language, {}).get(text, text)

    def sentence(self, key: str, language: str, values: Mapping[str, object]) -> str:
        """Return a sentence; one without a key is that of the address."""
        text = SENTENCES.get(key, SENTENCES["address"])
        return self._all.get(language, {}).get(text, text) % _Values(values)


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "–"
