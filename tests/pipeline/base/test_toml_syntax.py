"""What people write for TOML is told in plain words: where, what is wrong, and what to write instead."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carreau.base.document import TomlSyntaxError, parse_toml
from carreau.base.languages import LANGUAGES
from carreau.base.messages import Message
from carreau.base.translator import Translator
from tests.pipeline.catalogue.catalogues import SITE

STRAIGHT = "put straight quotation marks around the text"
SEPARATE = "separate two values by a comma"
KEYS = "letters from a to z without accents"
DOUBLE = "write \\\\ for a backslash, or / in a path"

# What is written; line and column that are told; cause; cure.
MISTAKES: dict[str, tuple[str, int, int, str, str]] = {
    "quotation marks of a word processor": (
        "kind = \"fosse\"\nname = “Fosse Mathilde”", 2, 8, "“ is not a quotation mark of TOML", STRAIGHT,
    ),
    "a closing quotation mark of a word processor": (
        'name = "Fosse Mathilde”\nkind = "fosse"', 1, 23, 'the text opens with " and closes with ”', STRAIGHT,
    ),
    "low quotation marks": ("name = „Grube“", 1, 8, "„ is not a quotation mark of TOML", STRAIGHT),
    "guillemets": ("name = «\xa0Fosse Mathilde\xa0»", 1, 8, "« is not a quotation mark of TOML", STRAIGHT),
    "typographic quotation marks in a list": ('keywords = ["fosse", “mine”]', 1, 22, "“ is not a quotation", STRAIGHT),
    "an accent in a key": ('période = "1831"', 1, 2, "the key 'période' contains 'é'", KEYS),
    "an accent in the name of a table": ('name = "x"\n[[état]]\n', 2, 3, "the key 'état' contains 'é'", KEYS),
    "a space in a key": ('see today = "Tout."', 1, 1, "the key 'see today' contains a space", KEYS),
    "a path of Windows": (
        'file = "C:\\Users\\mine\\scan.ply"', 1, 11, "the backslash in '\\Users\\mine\\scan.ply' begins", DOUBLE,
    ),
    "a folder of Windows": ('file = "D:\\Scans"', 1, 11, "the backslash in '\\Scans' begins", DOUBLE),
    "a backslash at the end": (
        'file = "scans\\"\nkind = "scan"', 1, 14, "the backslash before the quotation mark keeps the text open", DOUBLE,
    ),
    "half a code of a character": ('name = "caf\\u00e"', 1, 12, "the backslash in '\\u00e' begins", DOUBLE),
    "a decimal comma": ("lon = 3,395", 1, 7, "the number 3,395 has a decimal comma", "write 3.395"),
    "a decimal comma with a unit": ("value = 12,5 m", 1, 9, "the number 12,5 has a decimal comma", "write 12.5"),
    "a decimal comma in braces": (
        "geopose = { lon = 3,4, lat = 50.3 }", 1, 19, "the number 3,4 has a decimal comma", "write 3.4",
    ),
    "digits in groups": ("value = 12 000", 1, 9, "the digits of the number 12 000 stand in groups", "write 12000"),
    "digits in groups, as in French": ("value = 12\u202f000", 1, 9, "stand in groups", "write 12000"),
    "digits in groups of points": ("value = 1.200.000", 1, 9, "1.200.000 stand in groups", "write 1200000"),
    "a unit behind a space that does not break": ("value = 338\xa0m", 1, 9, "'m' follows the number", "write the"),
    "a unit": ("value = 338 m", 1, 9, "'m' follows the number", "write the number alone, without its unit"),
    "a code as a number": ("insee = 01234", 1, 9, "the number 01234 begins with a zero", "put a code in quotation"),
    "a bare point": ("value = .5", 1, 9, "a digit is missing before or after the point", "write 0.5"),
    "a missing comma": ('keywords = ["fosse" "mine"]', 1, 21, "a comma is missing before '\"mine\"'", SEPARATE),
    "a missing comma on the next line": (
        'keywords = [\n  "fosse"  # une fosse\n  "mine",\n]', 3, 3, "a comma is missing before '\"mine\"'", SEPARATE,
    ),
    "a semicolon in a list": ('keywords = ["fosse"; "mine"]', 1, 20, "';' stands between two values", SEPARATE),
    "two commas": ('keywords = ["fosse",, "mine"]', 1, 21, "there is one ',' too many", "remove it"),
    "missing quotation marks": (
        "name = Fosse Mathilde  # ou Renard", 1, 8, "the text 'Fosse Mathilde' has no quotation marks", "put it in",
    ),
    "missing quotation marks in a list": ("keywords = [fosse, mine]", 1, 13, "'fosse' has no quot", "put it in"),
    "a path without quotation marks": ("file = ./scan.ply", 1, 8, "'./scan.ply' has no quotation", "put it in"),
    "a sign before a name": ("credit = © Ville", 1, 10, "the text '© Ville' has no quotation marks", "put it in"),
    "a quotation mark in a key": ("see'today = 1", 1, 4, "the key 'see'today' contains", KEYS),
    "yes in French": ("loop = oui", 1, 8, "oui is neither true nor false", "write true or false"),
    "a capital letter": ("loop = True", 1, 8, "True is neither true nor false", "write true or false"),
    "no value": ("name =\nkind = 1", 1, 7, "there is no value after '='", 'write "" while it is unknown'),
    "no value but a note": ("name =  # à trouver\n", 1, 9, "there is no value after '='", 'write ""'),
    "a key twice": (
        '[[date]]\nwhen = "1831"\n\n[[date]]\nwhen = "1862"\nsource = "livre"\nwhen = "1863"', 7, 1,
        "the key 'when' is already in line 5", "remove one of the two",
    ),
    "a table twice": (
        '[visit]\naccess = "a"\n[position]\nlon = 1\n[visit]\nsafety = "b"', 5, 1,
        "the table 'visit' is already in line 1", "join the two; if there may be several, write [[visit]]",
    ),
    "a table and tables": (
        '[state]\nid = "a"\n\n[[state]]\nid = "b"', 4, 1, "the table 'state' is already in line 1", "write [[state]]",
    ),
    "a key and a table": ('visit = "libre"\n[visit.more]\na = 1', 2, 1, "'visit.more' contradicts line 1", "remove"),
    "a text without an end": (
        'name = "Fosse Mathilde\nkind = "fosse"', 1, 8, "the text that opens here has no closing quotation mark",
        'write " at its end, or """',
    ),
    "a long text without an end": (
        'name = "x"\ndescription = """\nUne fosse.\n\n[visit]\naccess = "Libre."\n', 2, 15,
        "the text that opens here is not closed up to the end of the file", 'write """ after its last word',
    ),
    "a long text that the next one closes": (
        'description = """\nUne fosse.\n\nsummary = """\nUne mine.\n"""\nname = "x"', 1, 15,
        "the text that opens here is closed only in line 4, by the quotation marks of the next one",
        'write """ after its last word',
    ),
    "a list without an end": (
        'name = "x"\nkeywords = [\n  "fosse",\n  "mine"\n\n[visit]\naccess = "a"', 2, 12,
        "what opens here with [ is not closed before line 6", "write ] after its last value",
    ),
    "a list without an end before a key": (
        'keywords = ["a", "b"\nname = "x"', 1, 12, "what opens here with [ is not closed before line 2", "write ]",
    ),
    "a list without an end in the last line": (
        'point = [1, [2, 3]\n', 1, 9, "what opens here with [ is not closed up to the end of the file", "write ]",
    ),
    "a table in braces over two lines": (
        "geopose = {\n  lon = 3.4,\n}", 1, 11, "a table in braces may only have one line", "write [geopose] on a line",
    ),
    "a comma at the end of braces": ("geopose = { lon = 3.4, }", 1, 22, "there is one ',' too many", "remove it"),
    "a missing equals sign": ('name "Fosse"', 1, 1, "'=' is missing after 'name'", 'write name = "…"'),
    "a colon": ('name: "Fosse"', 1, 5, "':' stands where '=' belongs", 'write name = "…"'),
    "two equals signs": ("loop == true", 1, 7, "there is one '=' too many", "remove it"),
    "no key": ('= "Fosse"', 1, 1, "there is no key before '='", 'write name = "…"'),
    "a note without its sign": (
        "name = \"x\"\nVoir avec la mairie", 2, 1, "'Voir avec la mairie' is neither a key with a value nor a note",
        "write # before a note",
    ),
    "a note of other languages": ("// à revoir = oui", 1, 1, "'// à revoir = oui' is neither", "write # before a note"),
    "a date as in France": ("when = 15/07/1831", 1, 8, "does not go from the year to the day", "write 1831-07-15"),
    "a date with points": ("when = 5.7.1831  # ou 1832", 1, 8, "does not go from the year", "write 1831-07-05"),
    "a date in words": ("when = 15 juillet 1831", 1, 8, "does not go from the year to the day", "write it as 1831,"),
    "a date with single digits": ("when = 1831-7-5", 1, 8, "not written as year-month-day", "write 1831-07-05"),
    "a month without quotation marks": ("when = 1831-07", 1, 8, "the date '1831-07' has no quot", 'write "1831-07"'),
    "a period without quotation marks": ("period = 1831/1862", 1, 10, "'1831/1862' has no quot", 'write "1831/1862"'),
    "about a year": ("when = 1924~", 1, 8, "the date '1924~' has no quotation marks", 'write "1924~"'),
    "a day that does not exist": ("when = 1831-02-30", 1, 8, "this day does not exist", "correct it"),
    "an apostrophe": ("name = 'L'église'", 1, 11, "the apostrophe before 'église'' ends the text", 'put "…" around'),
    "quotation marks in a text": (
        'name = "La "grande" fosse"', 1, 13, "the quotation mark before 'grande\" fosse\"' ends the text", "write « »",
    ),
    "a comma at the end": ('name = "Fosse",\n', 1, 15, "',' stands behind the value", "each key has a line of its own"),
    "a semicolon at the end": ("lon = 3.4;", 1, 10, "';' stands behind the value", "each key has a line of its own"),
    "two keys in a line": ("lon = 3.4, lat = 50.3", 1, 12, "another key follows in the same line", "a line of"),
    "something behind a text": ('name = "Fosse" (Denain)', 1, 16, "'(Denain)' stands behind", "# before a note"),
    "a key behind a table": ("[visit] access = 1", 1, 9, "another key follows in the same line", "a line of its own"),
    "a table without its bracket": ('[visit\naccess = "a"', 1, 1, "the brackets around 'visit'", "write [visit], or"),
    "half of a double bracket": ('[[state]\nid = "a"', 1, 1, "the brackets around 'state' are not", "or [[state]]"),
    "a bracket too many": ('keywords = ["a"]]', 1, 17, "] closes nothing that is open", "remove it, or open it before"),
    "a space that does not break": ("lon\xa0= 3.4", 1, 4, "not an ordinary one (U+00A0)", "ordinary space"),
    "a space that does not break before a value": ("lon =\xa03.4", 1, 6, "not an ordinary one (U+00A0)", "replace it"),
    "a control character": ('name = "Fosse\x01"', 1, 14, "it contains the control character U+0001", "remove it"),
    "a merge": (
        '<<<<<<< HEAD\nname = "a"\n=======\nname = "b"\n>>>>>>> other', 1, 1, "a mark of an unfinished merge",
        "keep one of the two versions",
    ),
}  # fmt: skip


def mistake(content: str | bytes) -> TomlSyntaxError:
    with pytest.raises(TomlSyntaxError) as caught:
        parse_toml(content if isinstance(content, bytes) else content.encode())
    return caught.value


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_is_told_with_its_place_and_its_cure(name: str) -> None:
    text, line, column, cause, cure = MISTAKES[name]
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    found = mistake(text)
    assert cause in found.cause
    assert cure in found.cure
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_is_told_in_five_languages(name: str) -> None:
    found = mistake(MISTAKES[name][0])
    for told in (found.cause, found.cure):
        assert isinstance(told, Message)
        if told.msgid not in ("write %(example)s",):
            assert len({Translator(language).message(told) for language in LANGUAGES}) == len(LANGUAGES), told


@pytest.mark.parametrize(
    ("content", "line", "cause"),
    [
        ('name = "Cité"'.encode("latin-1"), 1, "it is not UTF-8: 'Cité' is coded as in Windows-1252 or Latin-1"),
        ('kind = "x"\nname = "l’Œuvre"'.encode("cp1252"), 2, "'l’Œuvre' is coded as in Windows-1252"),
        (b'name = "Soci\x81"', 1, "it is not UTF-8"),
        ('name = "Cité"'.encode("utf-16"), 1, "it is UTF-16, not UTF-8"),
        ('name = "Cité"'.encode("utf-16-be"), 1, "it is UTF-16, not UTF-8"),
    ],
    ids=["Latin-1", "Windows-1252", "neither", "UTF-16", "UTF-16 without its mark"],
)
def test_another_coding_is_named(content: bytes, line: int, cause: str) -> None:
    found = mistake(content)
    assert cause in found.cause
    assert (found.line, found.cure) == (line, "save it as UTF-8")


def test_the_mark_of_utf_8_and_line_ends_of_windows_are_read() -> None:
    text, tables = parse_toml(b"\xef\xbb\xbf" + 'name = "Cité"\r\nkind = "cite"\r\n'.encode())
    assert text == 'name = "Cité"\nkind = "cite"\n'
    assert tables == {"name": "Cité", "kind": "cite"}


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "b = 1\na = 9" + "9" * 10_000])
def test_what_no_parser_holds_is_told(text: str) -> None:
    found = mistake(text)
    assert found.cause == "it is nested too deeply, or a number is too long"
    assert found.line == text.count("\n") + 1


def test_a_key_twice_is_found_among_many() -> None:
    found = mistake("\n".join(f"k{number} = 1" for number in range(30_000)) + "\nk7 = 2")
    assert (found.line, found.cause) == (30_001, "the key 'k7' is already in line 8")


def test_a_long_text_without_an_end_is_looked_through_once() -> None:
    found = mistake('name = "x"\ndescription = """\n' + "Une fosse, et encore une. " * 30_000)
    assert (found.line, found.cure) == (2, 'write """ after its last word')


LINES = SITE.split("\n")
SLIPS = ("“", "”", "«", '"', "'", ",", ";", "[", "]", "{", "=", "\\", "é", "\xa0", "#", "\x07", " ", '"""', "\n", "1")


@settings(max_examples=400)
@given(
    line=st.integers(0, len(LINES) - 1), share=st.floats(0, 1), slip=st.sampled_from(SLIPS), length=st.integers(0, 3)
)
def test_whatever_slips_in_is_read_as_toml_or_told_near(line: int, share: float, slip: str, length: int) -> None:
    place = round(share * len(LINES[line]))
    wrong = LINES[line][:place] + slip + LINES[line][place + length :]
    text = "\n".join([*LINES[:line], wrong, *LINES[line + 1 :]])
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        found = mistake(text)
        assert 1 <= found.line <= text.count("\n") + 1
        assert found.cause
        assert found.cure
    else:
        assert parse_toml(text.encode()) == (text, expected)


@settings(max_examples=200)
@given(st.text(alphabet=st.sampled_from("ab1 =\"'[]{},.#\n\\-/é“«\xa0"), max_size=40))
def test_whatever_is_written_is_read_or_told(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        found = mistake(text)
        assert 1 <= found.line <= text.count("\n") + 1
    else:
        parse_toml(text.encode())
