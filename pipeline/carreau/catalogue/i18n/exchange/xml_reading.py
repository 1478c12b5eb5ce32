"""Parse untrusted XML: without entities, external files or network access, and with a size limit."""

from __future__ import annotations

import re

from lxml import etree

from carreau.base.errors import FormatError
from carreau.base.messages import message

LARGEST_BYTES = 50_000_000
"""Size limit; one language of the 53 sites has about 1 MB."""

# In UTF-8 as in UTF-16. A text that speaks of it has "&lt;" there.
_DOCTYPE = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E")
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_xml(content: bytes, name: str) -> etree._Element:
    """Return the root of a document; raises FormatError.

    name : of the file, for messages
    """
    if len(content) > LARGEST_BYTES:
        cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
        raise FormatError(name, "", cause, message("export one site at a time"))
    if _DOCTYPE.search(content):
        raise _doctype(name)
    # With `huge_tree` off, libxml2 refuses deep nesting and entity expansion by itself.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        text = re.sub(r", line \d+, column \d+.*$", "", " ".join(str(error).split()))
        cause = message("invalid XML: %(error)s", error=text[:100])
        cure = message("export it again from the translation program")
        raise FormatError(name, message("line %(line)s", line=line), cause, cure) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype(name)
    return root


def forbidden_in_xml(text: str) -> str | None:
    r"""Return the first character that XML does not allow, such as "U+0007"; None where there is none.

    >>> forbidden_in_xml("a\u0007"), forbidden_in_xml("a\n")
    ('U+0007', None)
    """
    match = _FORBIDDEN.search(text)
    return f"U+{ord(match[0]):04X}" if match else None


def _doctype(name: str) -> FormatError:
    cause = message("it declares a document type, which may refer to other files")
    return FormatError(name, "", cause, message("remove the declaration; XLIFF does not need it"))
