"""Single texts of `interface.po` are changed, and every other byte stays."""

from __future__ import annotations

import io

import pytest
from babel.messages.pofile import read_po

from carreau.base.errors import FormatError
from carreau.base.package_folders import LOCALES
from carreau.catalogue.i18n.po import interface_file, interface_texts, read_interface, with_forms

LANGUAGES = ("fr", "nl", "de", "pl")
SMALL = b"""# Head.
msgid ""
msgstr "Language: nl\\n"

#. A hint.
#, fuzzy, python-format
msgctxt "desk"
msgid "%(number)s text"
msgid_plural ""
"%(number)s "
"texts"
msgstr[0] "%(number)s tekst"
msgstr[1] ""
"%(number)s "
"teksten"

msgid "Save"
msgstr "Bewaren"

#~ msgid "Old"
#~ msgstr "Oud"
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_reads_the_real_files_as_babel_does(language: str) -> None:
    content = read_interface(interface_file(LOCALES, language))
    found = {(each.context, each.one): each.forms for each in interface_texts(content, "x")}
    catalog = read_po(io.BytesIO(content), locale=language)
    theirs = {
        (each.context or "", each.id if isinstance(each.id, str) else each.id[0]): (
            (each.string,) if isinstance(each.string, str) else tuple(each.string or ())
        )
        for each in catalog
        if each.id
    }
    assert found == theirs


def test_a_text_is_changed_and_the_rest_stays() -> None:
    plural, save = interface_texts(SMALL, "x")
    assert (plural.one, plural.many, plural.is_fuzzy) == ("%(number)s text", "%(number)s texts", True)
    after = with_forms(SMALL, plural, ["één", 'veel "x"\n'], "x")
    assert after is not None
    assert after.count(b"fuzzy") == 0
    assert b'#, python-format\nmsgctxt "desk"' in after
    assert after.endswith(SMALL[SMALL.index(b'msgid "Save"') :])
    assert after.startswith(SMALL[: SMALL.index(b"#, fuzzy")])
    assert interface_texts(after, "x")[0].forms == ("één", 'veel "x"\n')
    assert with_forms(after, save, ["Opslaan"], "x") is not None
    assert with_forms(b"", save, ["Opslaan"], "x") is None


@pytest.mark.parametrize("content", [b'msgid "a\nmsgstr "b"\n', b"\xff", b'"a"\n', b'msgid "a"\r\nmsgstr "b"\r\n'])
def test_a_file_that_is_none_is_told_with_its_line(content: bytes) -> None:
    with pytest.raises(FormatError, match="line 1"):
        interface_texts(content, "interface.po")
