"""What documents say of massing models: their parts, who says so, and what measures leave open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from carreau.base.i18n.languages import SOURCE
from carreau.base.i18n.massing_words import open_words
from carreau.base.schema.state import NamedPart
from carreau.base.schema.words import Text
from carreau.site.publish.localizer import Localizer


def parts(told: Mapping[str, Any] | None, written: Collection[str], localizer: Localizer) -> tuple[NamedPart, ...]:
    """Return the parts of a massing model but those that the curator wrote."""
    if told is None:
        return ()
    return tuple(_part(part, localizer) for part in told["parts"] if part["name"] not in written)


def sources(told: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return all sources of a massing model, each once."""
    if told is None:
        return ()
    named = [*told["sources"], *(source for part in told["parts"] for source in part["sources"])]
    return tuple(dict.fromkeys(named))


def _part(part: Mapping[str, Any], localizer: Localizer) -> NamedPart:
    open_ = open_words(part["ranges"], localizer.translator) if part["is_open"] else ""
    title = str(part["title"])
    label = Text(text=title, lang=SOURCE, standing="source")
    if open_:
        label = Text(text=f"{title} ({open_})", lang=localizer.language, standing="source")
    return NamedPart(
        name=str(part["name"]),
        label=label,
        evidence=localizer.term("evidence", str(part["evidence"])),
        sources=tuple(part["sources"]),
        note=Text(text=part["note"], lang=SOURCE, standing="source") if part["note"] else None,
    )
