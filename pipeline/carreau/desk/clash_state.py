"""Lay a form that clashed over what is on disk now, with both values where two people changed the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from carreau.base.diagnostics import shown_key
from carreau.base.messages import Message, message
from carreau.desk.form_state import FormState, rule_at
from carreau.desk.form_values import shown
from carreau.desk.merge import Clash, rebased
from carreau.desk.saving import ClashError

_LONGEST = 2000
"""Characters of a value in a message."""


def laid_over(
    error: ClashError, state: FormState, read: Mapping[str, Any], of: type
) -> tuple[FormState, tuple[Message, ...]]:
    """Return the form over the document of now, and what to tell.

    read : the document that the form was filled from
    Of a field that both changed, the form has one value and `theirs` the other; what has no field is told.
    """
    edits, clashes = rebased(state.edits(read, of), read, error.now)
    now = FormState()
    now.fill(error.now, of)
    now.apply(edits, of)
    lost = [each for each in clashes if not _keep(each, now, of)]
    return now, (error.message, *(_lost(each, of) for each in lost))


def _keep(clash: Clash, now: FormState, of: type) -> bool:
    """Put both values of a clash into a form; return whether it has the field."""
    name, rule = ".".join(map(str, clash.now or ())), rule_at(of, clash.path)
    if name not in now.values or rule is None:
        return False
    now.theirs[name], now.values[name] = now.values[name], shown(rule, clash.mine)
    return True


def _lost(clash: Clash, of: type) -> Message:
    key, rule = shown_key(clash.path), rule_at(of, clash.path)
    if rule is None or rule.kind in ("one", "many"):
        return message("%(key)s: somebody else changed the rows meanwhile; arrange them again", key=key)
    value = shown(rule, clash.mine)[:_LONGEST]
    return message("%(key)s: the row was removed meanwhile; your value was: %(value)s", key=key, value=value)
