"""Find what is written under a key of a site or route, and what translators know it by."""

from __future__ import annotations

from itertools import islice
from typing import Any

from pipeline.catalogue.diagnostics import KeyPath
from pipeline.i18n.source_texts import is_translatable, numbered, rules_of


def find(table: Any, context: str, key: KeyPath) -> tuple[Any, str]:
    """Return what is written under a key with its context for translators, which is empty for what they do not get."""
    head, *rest = key
    rule, value, inner = dict(rules_of(table.__class__))[str(head)], getattr(table, str(head)), f"{context}.{head}"
    if rule.kind == "many":
        place, *rest = rest
        _, each, called = next(islice(numbered(context, str(head), value), int(place), None))
        return find(each, called, tuple(rest))
    if rule.kind == "one":
        return find(value, inner, tuple(rest)) if value is not None else (None, "")
    text = value[int(rest[0])] if rest else value
    return text, inner if is_translatable(rule, text) else ""
