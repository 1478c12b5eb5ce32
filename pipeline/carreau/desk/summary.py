"""What a place, route, trail, show or map has and lacks, in the few figures that the overview shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from carreau.base.diagnostics import ERROR, QUESTION
from carreau.base.i18n.languages import TRANSLATED
from carreau.base.messages import to_json
from carreau.catalogue.catalogue import Entry
from carreau.catalogue.fields import MAY
from carreau.catalogue.i18n.source_texts import rules_of, texts_of
from carreau.catalogue.i18n.translations import STALE, UNREVIEWED, Translations
from carreau.catalogue.media import IMAGE
from carreau.catalogue.show import Show
from carreau.catalogue.site import Site

SITE = "site"
MISSING = "missing"
TEXTS = (
    ("summary",), ("description",), ("visit", "see_today"), ("visit", "access"), ("visit", "safety"),
    ("visit", "accessibility"),
)  # fmt: skip
"""The French texts that each place should have."""

ERRORS, FRENCH, PICTURE, QUESTIONS, STALE_TEXTS, MISSING_TEXTS, MODEL, REVIEW = (
    "errors", "french", "picture", "questions", "stale", "missing", "model", "review",
)  # fmt: skip
LACKS = (ERRORS, STALE_TEXTS, FRENCH, PICTURE, QUESTIONS, MISSING_TEXTS, REVIEW, MODEL)
"""What can be lacking, the most pressing first: errors keep it from being published, stale texts are not shown."""


@dataclass(frozen=True)
class Summary:
    """The figures of a place, route, trail, show or map that moves.

    kind : as in `carreau.desk.document_file`
    is_apart : whether it is none of the territory
    errors, questions : of the check, without those of translations
    first_error : where the first is, and its cause and cure, for `carreau.base.messages.from_json`
    french : shown keys of French texts that are not written
    has_picture, has_model : true where its kind has none
    element : list and element of the inscription, which only one place may have
    texts : number of its French texts
    translations : by language, how many are stale, missing or unreviewed; None as long as they are not counted
    """

    kind: str
    slug: str
    name: str
    commune: str
    is_apart: bool
    errors: int
    questions: int
    first_error: Any
    french: tuple[str, ...]
    has_picture: bool
    has_model: bool
    element: str
    texts: int
    translations: Mapping[str, Mapping[str, int]] | None = field(default=None)

    def count(self, standing: str) -> int:
        """Return how many translations have a standing, in all languages."""
        return sum(each.get(standing, 0) for each in (self.translations or {}).values())

    def lacks(self) -> list[str]:
        """Return what it lacks, the most pressing first."""
        lacking = {
            ERRORS: self.errors > 0,
            STALE_TEXTS: self.count(STALE) > 0,
            FRENCH: bool(self.french) and not self.is_apart,
            PICTURE: not self.has_picture,
            QUESTIONS: self.questions > 0,
            MISSING_TEXTS: self.count(MISSING) > 0,
            REVIEW: self.count(UNREVIEWED) > 0,
            MODEL: not self.has_model,
        }
        return [each for each in LACKS if lacking[each]]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def summary_from(plain: Mapping[str, Any]) -> Summary:
    """Return the summary that `as_json` gave; raises TypeError or KeyError for something else."""
    return Summary(**{**plain, "french": tuple(plain["french"])})


def summary_of(entry: Entry[Any], kind: str, translations: Translations | None) -> Summary:
    """Return the figures of what was checked.

    kind : as in `carreau.desk.document_file`
    translations : None as long as they are not read; raises FormatError or ScanError where they cannot be
    """
    of, findings = entry.of, entry.document.findings
    errors = [each for each in findings if each.level == ERROR]
    inscription = getattr(of, "inscription", None)
    texts = list(texts_of(entry)) if entry.document.is_read else []
    return Summary(
        kind,
        entry.slug,
        of.name or entry.slug,
        getattr(of, "commune", ""),
        getattr(of, "is_apart", False),
        len(errors),
        sum(each.level == QUESTION for each in findings),
        to_json(errors[0].message()) if errors else None,
        tuple(", ".join(path) for path in _texts_expected(type(of)) if not _has(of, path)),
        not hasattr(of, "media") or any(each.kind == IMAGE and each.file for each in of.media),
        not hasattr(of, "state") or any(each.file for each in of.state),
        f"{inscription.list} {inscription.element}" if inscription and inscription.element else "",
        len(texts),
        None if translations is None else _counts(texts, translations),
    )


def places_of(entry: Entry[Any]) -> tuple[str, ...]:
    """Return the slugs of the places that the check of a route, trail or show reads: stops, chapters and models."""
    of = entry.of
    found = [each.site for each in (*getattr(of, "stop", ()), *getattr(of, "chapter", ()))]
    found += [each.scene.site for each in getattr(of, "chapter", ()) if each.scene]
    if isinstance(of, Show):
        found += [each.model.partition("/")[0] for each in of.scene]
    return tuple(sorted({each for each in found if each}))


def _texts_expected(of: type) -> tuple[tuple[str, ...], ...]:
    """Return the keys of the French texts that a document should have; of a place they are listed above."""
    if of is Site:
        return TEXTS
    return tuple((key,) for key, rule in rules_of(of) if rule.kind == "text" and rule.translatable and rule.need != MAY)


def _has(of: Any, path: tuple[str, ...]) -> bool:
    value = of
    for step in path:
        value = getattr(value, step, "")
    return bool(value)


def _counts(texts: list[Any], translations: Translations) -> dict[str, dict[str, int]]:
    counts = {language: Counter[str]() for language in TRANSLATED}
    for text in texts:
        own = translations.own(text.context, text.text)
        for language in TRANSLATED:
            standing = own[language].standing if language in own else MISSING
            if standing in (STALE, UNREVIEWED, MISSING):
                counts[language][standing] += 1
    return {language: dict(each) for language, each in counts.items()}
