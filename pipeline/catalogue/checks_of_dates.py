"""Find dates of a site that cannot all be true."""

from __future__ import annotations

from itertools import combinations

from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.site import Dated, Site

AFTER = {
    "begun": ("built", "opened", "closed", "filled", "demolished"),
    "built": ("demolished",),
    "opened": ("closed", "filled", "demolished"),
    "closed": ("filled",),
}
"""What can only come after what. A school can be built anew after it opened, and a mine be restored at any time."""


def check_dates(sheet: TomlDocument, site: Site) -> None:
    """Note dates without a source, those that contradict each other, and those that sources dispute."""
    for place, dated in enumerate(site.date):
        if not dated.source:
            cure = "write where it was read; without that, ask it in questions"
            sheet.error("missing source", ("date", place, "source"), "the date has no source", cure)
        if dated.event == "other" and not dated.label:
            sheet.error("missing key", ("date", place, "label"), "the key is missing", "write what happened then")
        if dated.disputed:
            cure = "find out which is right, and say so in its source"
            sheet.question("disputed", ("date", place, "when"), "sources contradict each other about this date", cure)
    for (_, one), (place, other) in combinations(enumerate(site.date), 2):
        if one.of == other.of and not one.disputed and not other.disputed:
            _check_pair(sheet, ("date", place, "when"), one, other)
    _check_period(sheet, site)


def _check_pair(sheet: TomlDocument, key: KeyPath, one: Dated, other: Dated) -> None:
    if one.when is None or other.when is None:
        return
    for first, then in ((one, other), (other, one)):
        assert first.when is not None and then.when is not None  # noqa: S101, PT018 - for mypy
        if then.event in AFTER.get(first.event, ()) and then.when.is_before(first.when):
            cause = f"{then.event} {then.when.text}, yet {first.event} {first.when.text}"
            sheet.error("contradicting dates", key, cause, "correct one, or write disputed = true under both")
    is_same = one.event == other.event and one.event != "other" and one.label == other.label
    if is_same and (one.when.is_before(other.when) or other.when.is_before(one.when)):
        cause = f"{one.event} {one.when.text}, yet also {other.when.text}"
        cure = "correct one, write of = for different parts, or disputed = true under both"
        sheet.error("contradicting dates", key, cause, cure)


def _check_period(sheet: TomlDocument, site: Site) -> None:
    for place, dated in enumerate(site.date):
        if site.period is None or dated.when is None or dated.of or dated.disputed or dated.event != "built":
            continue
        if dated.when.is_before(site.period) or site.period.is_before(dated.when):
            cause = f"built {dated.when.text}, outside the period {site.period.text}"
            sheet.error("contradicting dates", ("date", place, "when"), cause, "correct one of them")
