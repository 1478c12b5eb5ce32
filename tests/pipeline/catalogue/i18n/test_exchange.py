"""What goes out to translators comes back whole, in every format, and nothing stale or unread passes for current."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from carreau.base.errors import FormatError, OptionError, StorageError
from carreau.base.languages import content_file
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.i18n.po import FUZZY, Unit
from carreau.catalogue.i18n.text_exchange import (
    _writer,
    exchange_file,
    export_texts,
    format_for,
    import_texts,
    open_delivery,
    read_delivery,
)
from carreau.catalogue.i18n.translator_files import (
    ACCEPTED,
    SILENT,
    STILL_STALE,
    TO_REVIEW,
    Delivery,
    ExchangeFile,
    ImportUnit,
)
from tests.conftest import PROJECT
from tests.pipeline.catalogue.catalogues import SITE
from tests.pipeline.catalogue.i18n.translated import (
    FORMER,
    FORMS,
    MISSING,
    REVIEWED,
    STALE,
    UNREVIEWED,
    catalogue_at,
    change,
    exported_of,
    schema,
    translated,
    units_of,
)

XLIFF = ("xliff12", "xliff21")
EXAMPLES = PROJECT.parent / "shared" / "standards" / "examples" / "i18n"
IN_XML = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))
TEXTS = st.builds(
    "".join, st.lists(st.one_of(IN_XML, st.sampled_from(["\n\n", "<b>&amp;</b>", "]]>", "é", "שלום", "\t"])))
)


def there_and_back(parcel: ExchangeFile, form: str) -> Delivery:
    return read_delivery(_writer(form)(parcel), f"nl.{form}")


@pytest.mark.parametrize("form", FORMS)
def test_a_file_taken_back_untouched_changes_nothing(tmp_path: Path, form: str) -> None:
    catalogue, locales = translated(tmp_path)
    before = {path: path.read_bytes() for path in locales.rglob("*.po*")}
    export_texts(catalogue, locales, "nl", tmp_path / "nl", file_format=form)
    taken = import_texts(catalogue, locales, [open_delivery(tmp_path / "nl")])
    assert taken.lines() == ["0 accepted, 0 unreviewed, 0 stale, 0 unknown, 3 unchanged"]
    assert {path: path.read_bytes() for path in locales.rglob("*.po*")} == before


@pytest.mark.parametrize("form", FORMS)
def test_a_new_clone_takes_every_standing_from_a_file(tmp_path: Path, form: str) -> None:
    catalogue, locales = translated(tmp_path)
    export_texts(catalogue, locales, "nl", tmp_path / "nl", file_format=form)
    empty = tmp_path / "empty"
    taken = import_texts(catalogue, empty, [open_delivery(tmp_path / "nl")])
    assert taken.lines()[-1] == "1 accepted, 1 unreviewed, 1 stale, 0 unknown, 0 unchanged"
    units = units_of(catalogue, empty)
    assert units[REVIEWED[:2]].flags == ()
    assert (units[UNREVIEWED[:2]].flags, units[UNREVIEWED[:2]].former) == ((FUZZY,), None)
    assert (units[STALE[:2]].target, units[STALE[:2]].former) == (STALE[2], FORMER)
    assert Translations(empty).own(*STALE[:2])["nl"].standing == "stale"


@pytest.mark.parametrize("form", FORMS)
@given(text=TEXTS.filter(str.strip), target=TEXTS, former=TEXTS.filter(bool), note=TEXTS, stale=st.booleans())
def test_no_character_is_lost_on_the_way(
    form: str, text: str, target: str, former: str, note: str, stale: bool
) -> None:
    flags, before = ((FUZZY,), former) if stale and former != text else ((), None)
    unit = Unit("site.une.name", text, target, flags, before if target else None)
    (back,) = there_and_back(exported_of(unit, note.replace("\n", " "), 80), form).texts
    assert (back.context, back.text, back.target) == ("site.une.name", text, target)
    if target and unit.is_stale:
        assert (back.claim, back.former) == (STILL_STALE, former)


@pytest.mark.parametrize("form", XLIFF)
@pytest.mark.parametrize("bad", ["\x07", "\x00", "\ufffe", "\x1b"])
def test_a_character_that_xml_cannot_hold_is_named(form: str, bad: str) -> None:
    said = rf"site.toml, line 1: site.une.name: XLIFF cannot contain the character U\+{ord(bad):04X}"
    with pytest.raises(OptionError, match=said):
        _writer(form)(exported_of(Unit("site.une.name", f"a{bad}b")))


@pytest.mark.parametrize("form", XLIFF)
def test_what_goes_out_keeps_to_the_real_schema(tmp_path: Path, form: str) -> None:
    rules = schema(form)
    catalogue, locales = translated(tmp_path)
    for slug in ("", "une", "way"):
        rules.assertValid(etree.fromstring(_writer(form)(exchange_file(catalogue, locales, "nl", slug))))


@pytest.mark.parametrize("form", XLIFF)
def test_the_real_catalogue_keeps_to_the_real_schema_in_every_language(form: str) -> None:
    from carreau.catalogue.catalogue import read_catalogue

    rules, catalogue = schema(form), read_catalogue(PROJECT / "assets")
    for language in ("en", "nl", "de", "pl"):
        parcel = exchange_file(catalogue, PROJECT / "locales", language)
        content = _writer(form)(parcel)
        rules.assertValid(etree.fromstring(content))
        back = read_delivery(content, form).texts
        assert [(each.context, each.text, each.target) for each in back] == [
            (each.unit.context, each.unit.text, each.unit.target) for each in parcel.texts
        ]


def test_a_translator_is_told_place_limit_source_and_the_former_french(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    for form in FORMS:
        content = _writer(form)(exchange_file(catalogue, locales, "nl", "une")).decode()
        assert "site.une.summary" in content
        assert FORMER in content
        assert "At most 240 characters" in content
        assert "Zo heet ze echt." in content
        assert "route.way" not in content
    assert 'maxwidth="240" size-unit="char"' in _writer("xliff12")(exchange_file(catalogue, locales, "nl")).decode()
    assert 'slr:sizeRestriction="240"' in _writer("xliff21")(exchange_file(catalogue, locales, "nl")).decode()


def test_what_the_examples_of_the_standards_hold_is_read() -> None:
    for name, claims in (("site.fr-en.1.2.xlf", [ACCEPTED]), ("site.fr-en.xlf", [ACCEPTED, SILENT]), ("en.po", None)):
        if not (EXAMPLES / name).is_file():
            pytest.skip("the examples do not lie beside the project, in ../shared/standards")
        found = open_delivery(EXAMPLES / name)
        assert (found.language, found.texts[0].text, found.texts[0].target) == ("en", "Fosse Mathilde", "Mathilde pit")
        assert claims is None or [each.claim for each in found.texts] == claims


def back(context: str, text: str, target: str, claim: str, former: str | None = None) -> Delivery:
    return Delivery("nl.xlf", "nl", [ImportUnit(context, text, target, claim, 7, former)])


@pytest.mark.parametrize(
    ("of", "target", "claim", "standing"),
    [
        (MISSING, "Alles.", ACCEPTED, "reviewed"),
        (MISSING, "Alles.", SILENT, "reviewed"),
        (MISSING, "Alles.", TO_REVIEW, "unreviewed"),
        (UNREVIEWED, UNREVIEWED[2], ACCEPTED, "reviewed"),
        (UNREVIEWED, UNREVIEWED[2], SILENT, "unreviewed"),
        (UNREVIEWED, "Vrij toegankelijk.", TO_REVIEW, "unreviewed"),
        (UNREVIEWED, "Vrij toegankelijk.", STILL_STALE, "unreviewed"),
        (STALE, STALE[2], ACCEPTED, "reviewed"),
        (STALE, STALE[2], SILENT, "stale"),
        (STALE, STALE[2], TO_REVIEW, "stale"),
        (STALE, "Een mijn.", SILENT, "reviewed"),
        (STALE, "Een mijn.", STILL_STALE, "stale"),
        (STALE, "Een mijn.", TO_REVIEW, "unreviewed"),
        (REVIEWED, REVIEWED[2], TO_REVIEW, "reviewed"),
        (REVIEWED, "Put Een", TO_REVIEW, "reviewed"),
        (REVIEWED, "Put Een", STILL_STALE, "reviewed"),
        (REVIEWED, "Put Een", ACCEPTED, "reviewed"),
    ],
)
def test_a_translation_is_current_only_when_somebody_says_so(
    tmp_path: Path, of: tuple[str, str, str], target: str, claim: str, standing: str
) -> None:
    catalogue, locales = translated(tmp_path)
    before = units_of(catalogue, locales)
    import_texts(catalogue, locales, [back(*of[:2], target, claim, FORMER if claim == STILL_STALE else None)])
    assert Translations(locales).own(*of[:2])["nl"].standing == standing
    after = units_of(catalogue, locales)
    assert {key for key in after if work(after[key]) != work(before[key])} <= {of[:2]}


@pytest.mark.parametrize("target", ["Een \u202eput.", "Een {put}.", "Een [put](site:deux)."])
@pytest.mark.parametrize("of", [MISSING, REVIEWED, STALE])
def test_a_translation_that_loses_something_is_skipped(tmp_path: Path, of: tuple[str, str, str], target: str) -> None:
    catalogue, locales = translated(tmp_path)
    before = content_file(locales, "nl").read_bytes()
    taken = import_texts(catalogue, locales, [back(*of[:2], target, ACCEPTED)])
    assert taken.lines()[-1] == "0 accepted, 0 unreviewed, 0 stale, 0 unknown, 0 unchanged, 1 refused"
    assert taken.remarks[0].endswith("the translation was skipped")
    assert content_file(locales, "nl").read_bytes() == before


def test_other_numbers_come_in_as_unreviewed_until_they_are_confirmed(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    taken = import_texts(catalogue, locales, [back(*MISSING[:2], "Alles van 1906.", ACCEPTED)])
    assert taken.lines()[-1] == "0 accepted, 1 unreviewed, 0 stale, 0 unknown, 0 unchanged"
    assert "the translation says 1906, which is not in the text" in taken.remarks[0]
    assert Translations(locales).own(*MISSING[:2])["nl"].standing == "unreviewed"
    change(locales, MISSING[:2], notes=("confirmed: +1906",))
    taken = import_texts(catalogue, locales, [back(*MISSING[:2], "Alles van 1906.", ACCEPTED)])
    assert taken.lines() == ["1 accepted, 0 unreviewed, 0 stale, 0 unknown, 0 unchanged"]


def work(unit: Unit) -> tuple[object, ...]:
    """Return what a translator did."""
    return unit.target, unit.flags, unit.former, unit.notes


def test_an_accepted_translation_is_served(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    taken = import_texts(catalogue, locales, [back(*STALE[:2], "Een mijn.", ACCEPTED)])
    assert taken.lines() == ["1 accepted, 0 unreviewed, 0 stale, 0 unknown, 0 unchanged"]
    said = Translations(locales).own(*STALE[:2])["nl"]
    assert (said.text, said.standing) == ("Een mijn.", "reviewed")


def test_french_that_changed_meanwhile_makes_what_comes_back_stale(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    export_texts(catalogue, locales, "nl", tmp_path / "nl.xlf", file_format="xliff12")
    content = (tmp_path / "nl.xlf").read_text().replace('state="needs-translation" xml:lang="nl"/>', ">Alles.</target>")
    (tmp_path / "nl.xlf").write_text(content)
    changed = catalogue_at(tmp_path, SITE.replace('see_today = "Tout."', 'see_today = "Tout, ou presque."'))
    taken = import_texts(changed, locales, [open_delivery(tmp_path / "nl.xlf")])
    assert any("site.une.visit.see_today: the French has changed" in line for line in taken.lines())
    said = Translations(locales).own("site.une.visit.see_today", "Tout, ou presque.")["nl"]
    assert (said.text, said.standing) == ("Alles.", "stale")
    # French goes back: the translation was kept.
    again = catalogue_at(tmp_path)
    assert units_of(again, locales)[MISSING[:2]].target == "Alles."


def test_a_newer_translation_is_not_replaced_by_one_of_former_french(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    taken = import_texts(catalogue, locales, [back(REVIEWED[0], "Puits Un", "Put Een", ACCEPTED)])
    assert "is translated already" in taken.lines()[0]
    assert taken.lines()[-1] == "0 accepted, 0 unreviewed, 1 stale, 0 unknown, 0 unchanged"
    assert Translations(locales).own(*REVIEWED[:2])["nl"].text == REVIEWED[2]
    assert "Put Een" in (locales / "nl" / "LC_MESSAGES" / "content.po").read_text()


def test_an_unknown_place_is_reported_and_left_out(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    taken = import_texts(catalogue, locales, [back("site.nowhere.name", "Rien", "Niets", ACCEPTED)])
    assert taken.lines() == [
        "nl.xlf, line 7: site.nowhere.name: this text is not in the catalogue; the translation was skipped",
        "0 accepted, 0 unreviewed, 0 stale, 1 unknown, 0 unchanged",
    ]


def test_texts_of_a_list_are_told_apart_by_their_words(tmp_path: Path) -> None:
    catalogue = catalogue_at(tmp_path, SITE.replace('keywords = ["fosse"]', 'keywords = ["fosse", "école"]'))
    locales = tmp_path / "locales"
    for text, target in (("école", "school"), ("fosse", "mijn")):
        import_texts(catalogue, locales, [back("site.une.keywords", text, target, ACCEPTED)])
    taken = import_texts(catalogue, locales, [back("site.une.keywords", "terril", "terril", ACCEPTED)])
    assert "no longer in its list" in taken.lines()[0]
    own = Translations(locales).own
    assert (own("site.une.keywords", "école")["nl"].text, own("site.une.keywords", "fosse")["nl"].text) == (
        "school", "mijn"
    )  # fmt: skip


def test_spaces_that_a_program_wrapped_do_not_make_french_another(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    taken = import_texts(catalogue, locales, [back(MISSING[0], "\n  Tout.\n", "Alles.", ACCEPTED)])
    assert taken.lines() == ["1 accepted, 0 unreviewed, 0 stale, 0 unknown, 0 unchanged"]


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    before = (locales / "de" / "LC_MESSAGES" / "content.po").read_bytes()
    (locales / "nl" / "LC_MESSAGES" / "content.po").unlink()
    (locales / "nl" / "LC_MESSAGES").rmdir()
    (locales / "nl" / "LC_MESSAGES").write_text("in the way")
    german = Delivery("de.po", "de", [ImportUnit(*MISSING[:2], "Alles.", ACCEPTED, 1)])
    with pytest.raises(StorageError):
        import_texts(catalogue, locales, [german, back(*MISSING[:2], "Alles.", ACCEPTED)])
    assert (locales / "de" / "LC_MESSAGES" / "content.po").read_bytes() == before
    assert not list(locales.rglob(".*"))


LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"><file target-language="nl">&b;</file></xliff>"""
UNIT12 = (
    '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"><file source-language="fr" {}>{}</file></xliff>'
)
UNIT21 = '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="fr" trgLang="nl">{}</xliff>'
NL = 'target-language="nl"'
TWICE = "<trans-unit id='a'><source>a</source><target>{}</target></trans-unit>"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LAUGHS, "declares a document type"),
        (LAUGHS.encode("utf-16"), "declares a document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "declares a document type"),
        ("<xliff>\n<file>", "line 2: invalid XML"),
        ("<html/>", "starts with <html> and is not XLIFF"),
        (UNIT12.format("", ""), "its language is missing"),
        (UNIT12.format('target-language="es"', ""), "its language is 'es'; use one of: en, nl, de, pl"),
        (UNIT12.replace('"fr"', '"en"').format(NL, ""), "its source language is 'en'"),
        (
            UNIT12.format(NL, "\n" + TWICE.format("b") + "\n" + TWICE.format("c")),
            "3: the text of line 2 is repeated",
        ),
        (UNIT12.format(NL, TWICE.format("b<ph id='1'>x</ph>")), "<ph> is not in the French text"),
        ("<a>" * 400 + "</a>" * 400, "invalid XML"),
        ('msgid ""\nmsgstr ""\n"Language: fr\\n"\n', "its language is 'fr'"),
        ('msgid "a"\nmsgstr "b"\n', "its language is missing"),
        ("msgid a", "line 1:"),
        (b"\xff\xfe<\x00", "line 1: invalid XML"),
    ],
)
def test_a_bad_file_gives_one_line_with_file_place_and_cure(content: Any, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_delivery(content if isinstance(content, bytes) else content.encode(), "back.xlf")
    assert str(caught.value).startswith("back.xlf")
    assert said in str(caught.value)
    assert ";" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "nl.xlf").open("wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(Exception, match="over 50 MB"):
        open_delivery(tmp_path / "nl.xlf")


def test_what_a_program_cut_or_marked_is_read_whole() -> None:
    marked = (
        "<trans-unit id='x' resname='p'><source>a b</source>"
        "<target state='translated'><mrk mtype='seg'>A</mrk> <g id='1'>B</g></target></trans-unit>"
    )
    (text,) = read_delivery(UNIT12.format(NL, marked).encode(), "x").texts
    assert (text.context, text.target, text.claim) == ("p", "A B", ACCEPTED)
    cut = (
        "<file id='f'><unit id='u' name='p'><segment state='translated'><source>a</source><target>A</target></segment>"
        "<ignorable><source> </source></ignorable>"
        "<segment state='{}'><source>b</source><target><pc id='1'>B</pc></target></segment></unit></file>"
    )
    for state, claim in (("final", ACCEPTED), ("initial", TO_REVIEW)):
        (text,) = read_delivery(UNIT21.format(cut.format(state)).encode(), "x").texts
        assert (text.context, text.text, text.target, text.claim) == ("p", "a b", "A B", claim)


@pytest.mark.parametrize(
    ("state", "claim"),
    [
        ('approved="yes"><source>a</source><target>b</target>', ACCEPTED),
        ('><source>a</source><target state="signed-off">b</target>', ACCEPTED),
        ('><source>a</source><target state="needs-translation">b</target>', SILENT),
        ("><source>a</source><target>b</target>", SILENT),
        ('><source>a</source><target state="needs-review-translation">b</target>', TO_REVIEW),
        ("><source>a</source>", SILENT),
    ],
)
def test_states_of_xliff_1_2_say_who_answers_for_a_text(state: str, claim: str) -> None:
    content = UNIT12.format(NL, f"<body><trans-unit id='x' {state}</trans-unit></body>")
    assert [each.claim for each in read_delivery(content.encode(), "x").texts] == [claim]


def test_what_cannot_be_asked_for_is_said(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    for language, slug, form, said in (
        ("fr", "", "po", "--lang fr: use one of: en, nl, de, pl"),
        ("nl", "trois", "po", "--site trois: there is no such site or route"),
        ("nl", "", "csv", "--format csv: use one of: po, xliff12, xliff21"),
    ):
        with pytest.raises(OptionError, match=said):
            export_texts(catalogue, locales, language, tmp_path / "out", slug, form)
        assert not (tmp_path / "out").exists()
    assert [format_for(Path(name)) for name in ("a.po", "a.XLIFF", "a.xlf", "a")] == ["po", "xliff12", "xliff12", "po"]


def test_the_same_texts_give_the_same_bytes(tmp_path: Path) -> None:
    catalogue, locales = translated(tmp_path)
    for form in FORMS:
        assert _writer(form)(exchange_file(catalogue, locales, "nl")) == _writer(form)(
            exchange_file(catalogue, locales, "nl")
        )
