"""Find dates of a site that cannot all be true."""

from __future__ import annotations

from itertools import combinations

from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.site import Dated, Site
from pipeline.messages import message

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
            cause, cure = message("the date has no source"), message("name the source, or move it to questions")
            sheet.error("missing source", ("date", place, "source"), cause, cure)
        if dated.event == "other" and not dated.label:
            cause, cure = message("the key is missing"), message("describe the event")
            sheet.error("missing key", ("date", place, "label"), cause, cure)
        if dated.disputed:
            cause = message("sources disagree about this date")
            cure = message("find out which one is right, and note it under source")
            sheet.question("disputed", ("date", place, "when"), cause, cure)
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
            cause = message(
                "'%(event)s' is dated %(date)s, before '%(earlier_event)s' (%(earlier_date)s)",
                event=then.event, date=then.when.text, earlier_event=first.event, earlier_date=first.when.text,
            )  # fmt: skip
            cure = message("correct one of the dates, or set disputed = true on both")
            sheet.error("contradicting dates", key, cause, cure)
    is_same = one.event == other.event and one.event != "other" and one.label == other.label
    if is_same and (one.when.is_before(other.when) or other.when.is_before(one.when)):
        cause = message(
            "'%(event)s' is dated both %(date)s and %(other_date)s",
            event=one.event, date=one.when.text, other_date=other.when.text,
        )  # fmt: skip
        cure = message("correct one of the dates, set of = for different parts, or set disputed = true on both")
        sheet.error("contradicting dates", key, cause, cure)


def _check_period(sheet: TomlDocument, site: Site) -> None:
    for place, dated in enumerate(site.date):
        if site.period is None or dated.when is None or dated.of or dated.disputed or dated.event != "built":
            continue
        if dated.when.is_before(site.period) or site.period.is_before(dated.when):
            cause = message(
                "'%(event)s' is dated %(date)s, outside the period %(period)s",
                event=dated.event, date=dated.when.text, period=site.period.text,
            )  # fmt: skip
            sheet.error("contradicting dates", ("date", place, "when"), cause, message("correct one of them"))
