"""Recognize the mistakes that people make who write TOML by hand or in a word processor.

The parser of the standard library names a place and, in English and in terms of its grammar, what it expected there.
Only the place is used: the cause comes from a look of our own at the text around it. `RULES` are tried in order, from
what is certain to what is only likely; the first that recognizes its mistake explains it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass

from carreau.base.messages import Message, message
from carreau.base.toml_places import NAME, TEXTS, Context, Names, look_around

_STATEMENT = re.compile(rf"[ \t]*(?:\[\[?[ \t]*(?=[A-Za-z_\"'])({NAME})[ \t]*\]\]?[ \t]*(?:#.*)?$|{NAME}[ \t]*=)", re.M)
_TABLE = re.compile(r"(\[(?:[ \t]*\[)*)([^\[\]\n#]*)((?:\][ \t]*)*)([^\n#]*)")
_TYPOGRAPHIC = "“”„‟«»‘’‚‹›″′`´＂"
_TYPOGRAPHIC_END = re.compile(rf"([{_TYPOGRAPHIC}])[ \t]*[,;]?[ \t]*(?:#.*)?$")
_INVISIBLE = "\xa0\xad\u2002\u2003\u2007\u2009\u200a\u200b\u202f\u2060\u3000\ufeff"
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)$", re.DOTALL)
_MERGE = re.compile(r"(?:<{7}|={7}|>{7})(?: .*)?$")
_YES_OR_NO = frozenset(
    (
        *("true", "false", "yes", "no", "on", "off", "oui", "non", "vrai", "faux", "ja", "nee", "nein", "waar"),
        *("onwaar", "wahr", "falsch", "tak", "nie", "prawda", "fałsz"),
    )
)
_SHOWN = 30
"""Most characters of the text that a message quotes."""
LOOK = message("check the quotation marks, brackets and equals signs in this line")
"""The cure where the cause is not known."""


@dataclass(frozen=True)
class Mistake:
    """What is wrong at an offset of the text."""

    at: int
    cause: Message
    cure: Message


def mistake_at(text: str, at: int) -> tuple[Mistake, Context]:
    """Return the mistake that a parser stumbled over at an offset, and the text around it."""
    context = look_around(text, at)
    return next((mistake for rule in RULES if (mistake := rule(context)) is not None), None) or _describe_unknown(
        context
    ), context


def _describe_unknown(context: Context) -> Mistake:
    """Return the general message for a mistake that no rule recognizes."""
    if context.letter and context.letter != "\n" and not context.letter.isprintable():
        cause = message("it contains the control character %(code)s", code=_code(context.letter))
        return Mistake(context.at, cause, message("remove it"))
    column = context.at - (context.text.rfind("\n", 0, context.at) + 1) + 1
    shown = short(context.rest(context.at))
    cause = (
        message("'%(text)s' in column %(column)s is not understood", text=shown, column=column)
        if shown
        else message("the line ends in column %(column)s, where more is expected", column=column)
    )
    return Mistake(context.at, cause, LOOK)


def _merge_mark(context: Context) -> Mistake | None:
    begin = context.text.rfind("\n", 0, context.at) + 1
    if not _MERGE.match(context.text[begin : context.line_end(begin)]):
        return None
    cure = message("keep one of the two versions, and remove the lines with <<<<<<<, ======= and >>>>>>>")
    return Mistake(begin, message("a mark of an unfinished merge stands here"), cure)


def _run_on_text(context: Context) -> Mistake | None:
    """Recognize a text of several lines that ran on to the opening quotation marks of the next one."""
    if context.run_on is None:
        return None
    mark = context.text[context.run_on : context.run_on + 3]
    whole = TEXTS[mark].match(context.text, context.run_on)
    line = context.line(whole.end() if whole else context.at)
    cause = message(
        "the text that opens here is closed only in line %(line)s, by the quotation marks of the next one", line=line
    )
    return Mistake(context.run_on, cause, message("write %(mark)s after its last word", mark=mark))


def _inside_text(context: Context) -> Mistake | None:
    """Recognize a backslash, a control character, and a text that is not closed."""
    if context.quote is None:
        return None
    text, begin = context.text, context.quote
    mark = next(mark for mark in TEXTS if text.startswith(mark, begin))
    is_at_end = not context.letter or (len(mark) == 1 and context.letter == "\n")
    escape = _ESCAPE.search(text[begin : context.at]) if mark[0] == '"' and not is_at_end else None
    if escape is not None:
        at = begin + escape.start()
        shown = re.match(r"\\[^\s\"']*", text[at:])
        cause = message("the backslash in '%(text)s' begins a special character", text=short(shown[0] if shown else ""))
        return Mistake(at, cause, _double())
    if not is_at_end and context.letter and (len(mark) == 1 or text[context.at] not in "\n\t"):
        cause = message("it contains the control character %(code)s", code=_code(context.letter))
        return Mistake(context.at, cause, message("remove it"))
    if len(mark) == 3:
        cause = message("the text that opens here is not closed up to the end of the file")
        return Mistake(begin, cause, message("write %(mark)s after its last word", mark=mark))
    body = text[begin + 1 : context.line_end(begin)]
    if end := _TYPOGRAPHIC_END.search(body):
        cause = message("the text opens with %(mark)s and closes with %(other)s", mark=mark, other=end[1])
        return Mistake(begin + 1 + end.start(), cause, _straight())
    if mark == '"' and body.rstrip().endswith('\\"'):
        cause = message("the backslash before the quotation mark keeps the text open")
        return Mistake(begin + len(body.rstrip()) - 1, cause, _double())
    cure = message('write %(mark)s at its end, or """ before and after a text of several lines', mark=mark)
    return Mistake(begin, message("the text that opens here has no closing quotation mark"), cure)


def _twice(context: Context) -> Mistake | None:
    """Recognize a statement that is right in itself, and so contradicts an earlier one."""
    try:
        tomllib.loads(context.text[context.start : context.line_end(context.at)])
    except ValueError:
        return None
    is_table, names = context.names(context.start)
    earlier = _full_names(context)
    own, key = earlier.pop(context.start), ".".join(names)
    same = next((start for start in reversed(earlier) if earlier[start] == own), None)
    if same is None:
        other = next((start for start in earlier if _is_within(earlier[start], own)), None)
        if other is None:
            return None
        cause = message("'%(key)s' contradicts line %(line)s", key=key, line=context.line(other))
        return Mistake(context.start, cause, message("remove one of the two"))
    line = context.line(same)
    if is_table:
        cause = message("the table '%(key)s' is already in line %(line)s", key=key, line=line)
        cure = message("join the two; if there may be several, write [[%(key)s]] before each", key=key)
        return Mistake(context.start, cause, cure)
    cause = message("the key '%(key)s' is already in line %(line)s", key=key, line=line)
    return Mistake(context.start, cause, message("remove one of the two"))


def _is_within(one: Names, other: Names) -> bool:
    """Return whether one of two names is that of a table in which the other is."""
    return bool(one) and bool(other) and all(a == b for a, b in zip(one, other, strict=False))


def _full_names(context: Context) -> dict[int, Names]:
    """Return the names of each statement, after those of its table, by its place."""
    full_names, table = dict[int, Names](), Names()
    for start in context.starts:
        is_table, names = context.names(start)
        table = names if is_table else table
        full_names[start] = names if is_table else (*table, *names)
    return full_names


def _header(context: Context) -> Mistake | None:
    """Recognize a wrong name of a table, or brackets that do not match."""
    if not context.text.startswith("[", context.start):
        return None
    match = _TABLE.match(context.text, context.start)
    opening, name, closing, rest = (part.strip() for part in (match.groups() if match else ("", "", "", "")))
    fault = _odd_letter(context, name, context.start + len(opening)) if name else None
    if fault is not None or not name:
        return fault
    if (opening, closing) not in (("[", "]"), ("[[", "]]")):
        cause = message("the brackets around '%(key)s' are not as they should be", key=name)
        cure = message("write [%(key)s], or [[%(key)s]] if there may be several", key=name)
        return Mistake(context.start, cause, cure)
    return _follows(context, rest) if rest else None


def _odd_letter(context: Context, name: str, at: int) -> Mistake | None:
    """Recognize a letter that no key may have."""
    at = context.text.index(name, at) if name in context.text[at:] else at
    odd = re.search(r"[^A-Za-z0-9_.\"'\t -]" if name.startswith(("'", '"')) else r"[^A-Za-z0-9_.\t -]", name)
    if odd is not None and odd[0] in _INVISIBLE:
        return _invisible(at + odd.start(), odd[0])
    if odd is not None and odd[0] in _TYPOGRAPHIC and odd.start() == 0:
        return _typographic(at, odd[0])
    cure = message("write it as in the template: letters from a to z without accents, digits, - and _")
    if odd is not None:
        cause = message("the key '%(key)s' contains '%(letter)s'", key=short(name), letter=odd[0])
        return Mistake(at + odd.start(), cause, cure)
    if re.search(r"[\w-][ \t]+[\w-]", name):
        return Mistake(at, message("the key '%(key)s' contains a space", key=short(name)), cure)
    return None


def _open_bracket(context: Context) -> Mistake | None:
    """Recognize a list or a table in braces that is not closed, or a table in braces of several lines."""
    if not context.brackets:
        return None
    text, inner, outer = context.text, context.brackets[-1], context.brackets[0]
    begin = text.rfind("\n", 0, context.at) + 1
    is_end = not text[context.at :].strip()
    if text[inner] == "{" and not is_end and (begin > inner or context.letter == "\n"):
        cause = message("a table in braces may only have one line")
        key = ".".join(context.names(context.start)[1]) or "…"
        cure = message("write it in one line, or write [%(key)s] on a line of its own, and its keys below", key=key)
        return Mistake(inner, cause, cure)
    is_next = begin > outer and _STATEMENT.match(text, begin) is not None
    if not is_end and not is_next:
        return None
    opener = inner if is_end else outer
    mark, line = text[opener], context.line(begin)
    cure = message("write %(mark)s after its last value", mark="]" if mark == "[" else "}")
    cause = (
        message("what opens here with %(mark)s is not closed up to the end of the file", mark=mark)
        if is_end
        else message("what opens here with %(mark)s is not closed before line %(line)s", mark=mark, line=line)
    )
    return Mistake(opener, cause, cure)


def _list(context: Context) -> Mistake | None:
    """Recognize what is wrong between two values of a list."""
    if not context.brackets or context.text[context.brackets[-1]] != "[":
        return None
    text, at, letter = context.text, context.at, context.letter
    cure = message("separate two values by a comma: %(example)s", example='["one", "two"]')
    if letter == ";":
        return Mistake(at, message("';' stands between two values"), cure)
    if letter in _TYPOGRAPHIC:
        return _typographic(at, letter)
    if letter in _INVISIBLE:
        return _invisible(at, letter)
    value = short(re.split(r"[,\]\n#]", text[at:], maxsplit=1)[0].strip())
    if context.previous not in ("[", ","):
        is_touching = text[at - 1] == context.previous and (letter.isalnum() or letter in "\"'")
        if context.previous in "\"'" and is_touching:
            return _inner_quote(at, context.previous, value)
        if is_touching and context.previous.isdigit():
            return _number(context, at - len(_digits_before(text, at)))
        return Mistake(at, message("a comma is missing before '%(text)s'", text=value), cure)
    if letter == ",":
        return _too_many(at, letter)
    return _bare(at, value)


def _braces(context: Context) -> Mistake | None:
    """Recognize what is wrong in a table in braces."""
    if not context.brackets or context.text[context.brackets[-1]] != "{":
        return None
    text, at, letter = context.text, context.at, context.letter
    if letter == "}" and context.previous == ",":
        return _too_many(text.rindex(",", 0, at), ",")
    if letter == ":":
        return Mistake(at, message("':' stands where '=' belongs"), _example())
    comma = re.search(r"([+-]?\d+),(\d+)[ \t]*$", text[context.brackets[-1] : at])
    return _decimal_comma(context.brackets[-1] + comma.start(), comma) if comma and letter in ("}", ",") else None


def _digits_before(text: str, at: int) -> str:
    match = re.search(r"[0-9.+-]*$", text[max(0, at - 40) : at])
    return match[0] if match else ""


def _key(context: Context) -> Mistake | None:
    """Recognize a wrong key, and a line that has none."""
    if context.brackets or context.equals() is not None:
        return None
    text, start, letter = context.text, context.start, context.letter
    line = context.rest(start)
    if letter and letter in _INVISIBLE:
        return _invisible(context.at, letter)
    if line[:1] and line[0] in _TYPOGRAPHIC:
        return _typographic(start, line[0])
    if line[:1] and line[0] in "]}":
        cause = message("%(mark)s closes nothing that is open", mark=line[0])
        return Mistake(start, cause, message("remove it, or open it before"))
    if line.startswith("="):
        return Mistake(start, message("there is no key before '='"), _example())
    if letter == ":" and re.match(rf"{NAME}[ \t]*:", line):
        return Mistake(context.at, message("':' stands where '=' belongs"), _example(text[start : context.at].strip()))
    if "=" in line and not line.startswith(("//", "/*", ";", "<!--")):
        return _odd_letter(context, line.partition("=")[0].strip(), start)
    word = re.match(r"([A-Za-z0-9_-]+)[ \t]*(?:$|[\"'\[{0-9+-]|true\b|false\b)", line)
    if word:
        cause = message("'=' is missing after '%(key)s'", key=word[1])
        return Mistake(start, cause, _example(word[1]))
    cause = message("'%(text)s' is neither a key with a value nor a note", text=short(line))
    cure = message('write # before a note, and """ before and after a text of several lines')
    return Mistake(start, cause, cure) if text[start : start + 1].isprintable() else None


def _value(context: Context) -> Mistake | None:
    """Recognize a wrong value, and what follows a right one."""
    equals = context.equals()
    if equals is None or context.brackets:
        return None
    text, letter = context.text, context.letter
    begin = equals + 1
    while text[begin : begin + 1] in (" ", "\t"):
        begin += 1
    if text[begin : begin + 1] in ('"', "'", "[", "{"):
        rest = context.rest(context.at)
        return _follows(context, rest) if rest else None
    if number := _number(context, begin):
        return number
    if letter and letter in _INVISIBLE:
        return _invisible(context.at, letter)
    return _bare(begin, _strip_comment(context.rest(begin)))


def _strip_comment(value: str) -> str:
    return re.sub(r"\s+#.*|^#.*", "", value).strip()


def _bare(at: int, value: str) -> Mistake | None:
    """Recognize a value that was meant as a text, but has no quotation marks, or other ones than TOML's."""
    if not value:
        cure = message('write "" while it is unknown, or remove the line')
        return Mistake(at, message("there is no value after '='"), cure)
    if value[0] in _TYPOGRAPHIC:
        return _typographic(at, value[0])
    if value[0] in _INVISIBLE:
        return _invisible(at, value[0])
    if value.lower() in _YES_OR_NO:
        cause = message("%(value)s is neither true nor false", value=value)
        return Mistake(at, cause, message("write true or false, without quotation marks"))
    if value[0] == "=":
        return _too_many(at, "=")
    if value[0] in "[]{}\"',;" or not any(map(str.isalpha, value)):
        return None
    cause = message("the text '%(text)s' has no quotation marks", text=short(value))
    return Mistake(at, cause, message("put it in quotation marks"))


_FRENCH_DATE = re.compile(r"(\d{1,2})[ ]?([/.-])[ ]?(\d{1,2})[ ]?\2[ ]?(\d{4})")
_SHORT_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_WORDED_DATE = re.compile(r"\d{1,2}(?:er|st|nd|rd|th|\.)?[ ](?:[^\W\d_]+\.?|de|of|[ ])+[ ]?\d{4}")
_OPEN_DATE = re.compile(r"\d{4}(?:-\d\d)*[~?%]?(?:/(?:\.\.|\d{4}(?:-\d\d)*[~?%]?)?)?")
_DECIMAL_COMMA = re.compile(r"([+-]?\d+),(\d+)(?![\d,])")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[ \xa0\u202f\u2009'.]\d{3})+(?!\d)")
_BARE_POINT = re.compile(r"([+-]?)(\d*)\.(\d*)(?![\d.])")


def _number(context: Context, at: int) -> Mistake | None:
    """Recognize a number or a date that is written as on paper."""
    value = _strip_comment(context.rest(at))
    if not re.match(r"[+-]?\.?\d", value):
        return None
    if further := re.search(rf"[ \t,;]({NAME}[ \t]*=.*)", value):
        return _another_key(at + further.start(1), further[1])
    if date := _date(at, value):
        return date
    if comma := _DECIMAL_COMMA.match(value):
        return _decimal_comma(at, comma)
    if (groups := _THOUSANDS.match(value)) and not re.fullmatch(r"[+-]?\d+\.\d+", groups[0]):
        cause = message("the digits of the number %(value)s stand in groups", value=groups[0])
        return Mistake(at, cause, message("write %(example)s", example=re.sub(r"[^\d+-]", "", groups[0])))
    if re.match(r"[+-]?0\d", value):
        cause = message("the number %(value)s begins with a zero", value=short(value))
        return Mistake(at, cause, message("put a code in quotation marks; write a number without the zero"))
    point = _BARE_POINT.match(value)
    if point and bool(point[2]) != bool(point[3]):
        example = f"{point[1]}{point[2] or 0}.{point[3] or 0}"
        cause = message("a digit is missing before or after the point")
        return Mistake(at, cause, message("write %(example)s", example=example))
    number = re.match(r"[+-]?\d[\d_]*(?:\.\d+)?", value)
    rest = value[number.end() :] if number else ""
    if rest.strip() in (",", ";"):
        return _mark_after(at + len(value) - 1, rest.strip())
    if not rest:
        return None
    cause = message("'%(text)s' follows the number", text=short(rest.strip()))
    return Mistake(at, cause, message("write the number alone, without its unit, or put all of it in quotation marks"))


def _date(at: int, value: str) -> Mistake | None:
    """Recognize a date that TOML does not read."""
    order = message("the date '%(value)s' does not go from the year to the day", value=short(value))
    if french := _FRENCH_DATE.fullmatch(value):
        day, month, year = int(french[1]), int(french[3]), french[4]
        if 1 <= month <= 12 and 1 <= day <= 31:
            return Mistake(at, order, message("write %(example)s", example=f"{year}-{month:02}-{day:02}"))
    forms = message("write it as 1831, 1831-07, 1831-07-15, 1924~ (about) or 1831/1862")
    if french or _WORDED_DATE.fullmatch(value):
        return Mistake(at, order, forms)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return Mistake(at, message("this day does not exist"), message("correct it"))
    if digits := _SHORT_DATE.fullmatch(value):
        cause = message("the date '%(value)s' is not written as year-month-day with two digits each", value=value)
        example = f"{digits[1]}-{int(digits[2]):02}-{int(digits[3]):02}"
        return Mistake(at, cause, message("write %(example)s", example=example))
    if _OPEN_DATE.fullmatch(value):
        cause = message("the date '%(value)s' has no quotation marks", value=value)
        return Mistake(at, cause, message("write %(example)s", example=f'"{value}"'))
    return None


def _follows(context: Context, rest: str) -> Mistake:
    """Return what is wrong with what stands after a value or a table's name on the same line."""
    at = context.text.find(rest, context.at) if rest in context.text[context.at :] else context.at
    before = context.previous
    bare = _strip_comment(rest)
    if bare in (",", ";"):
        return _mark_after(at, bare)
    if further := re.match(rf"[,;]?[ \t]*({NAME}[ \t]*=.*)", bare):
        return _another_key(at + further.start(1), further[1])
    if rest[0] in "]}":
        cause = message("%(mark)s closes nothing that is open", mark=rest[0])
        return Mistake(at, cause, message("remove it, or open it before"))
    if rest[0] in _INVISIBLE:
        return _invisible(at, rest[0])
    is_touching = at == context.at and context.text[at - 1] == before
    if before and before in "\"'" and rest[0] not in "\"'" and (is_touching or before in bare):
        return _inner_quote(at, before, bare)
    cause = message("'%(text)s' stands behind the value", text=short(rest))
    return Mistake(at, cause, message("remove it, or write # before a note"))


def _decimal_comma(at: int, number: re.Match[str]) -> Mistake:
    cause = message("the number %(value)s has a decimal comma", value=number[0].strip())
    return Mistake(at, cause, message("write %(example)s", example=f"{number[1]}.{number[2]}"))


def _too_many(at: int, mark: str) -> Mistake:
    return Mistake(at, message("there is one '%(mark)s' too many", mark=mark), message("remove it"))


def _mark_after(at: int, mark: str) -> Mistake:
    cause = message("'%(mark)s' stands behind the value", mark=mark)
    return Mistake(at, cause, message("remove it: each key has a line of its own"))


def _another_key(at: int, rest: str) -> Mistake:
    cause = message("another key follows in the same line: '%(text)s'", text=short(rest))
    return Mistake(at, cause, message("put each key on a line of its own"))


def _inner_quote(at: int, mark: str, rest: str) -> Mistake:
    """Return the fault of a quotation mark inside a text, which ends it too early."""
    if mark == "'":
        cause = message("the apostrophe before '%(text)s' ends the text", text=short(rest))
        return Mistake(at, cause, message('put "…" around a text that contains apostrophes'))
    cause = message("the quotation mark before '%(text)s' ends the text", text=short(rest))
    return Mistake(at, cause, message('write « » or \\" for quotation marks inside a text'))


def _typographic(at: int, mark: str) -> Mistake:
    return Mistake(at, message("%(mark)s is not a quotation mark of TOML", mark=mark), _straight())


def _invisible(at: int, letter: str) -> Mistake:
    cause = message("the space here is not an ordinary one (%(code)s)", code=_code(letter))
    return Mistake(at, cause, message("replace it by an ordinary space"))


def _straight() -> Message:
    return message('put straight quotation marks around the text: "…"; inside it, “ ” and « » may stand')


def _double() -> Message:
    return message("write \\\\ for a backslash, or / in a path")


def _example(key: str = "name") -> Message:
    return message("write %(example)s", example=f'{key} = "…"')


def _code(letter: str) -> str:
    return f"U+{ord(letter):04X}"


def short(text: str) -> str:
    """Return a text for a message, shortened."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


RULES: tuple[Callable[[Context], Mistake | None], ...] = (
    _merge_mark,
    _run_on_text,
    _inside_text,
    _twice,
    _header,
    _open_bracket,
    _list,
    _braces,
    _key,
    _value,
)
