"""Check texts for visitors: dead links, notes to the team, HTML, and the signs of a machine."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from carreau.base.document import TomlDocument
from carreau.base.errors import KeyPath
from carreau.base.messages import Message, message
from carreau.catalogue.catalogue import Catalogue, Entry
from carreau.catalogue.check_files import is_file_name
from carreau.catalogue.route import Route
from carreau.catalogue.site import Site
from carreau.catalogue.trail import Trail

_LINK = re.compile(r"\]\(\s*(site|route|trail|media):([^)\s]*)\s*\)")
_OTHER = re.compile(r"\]\((?!\s*(?:(?:site|route|trail|media):[^)\s]*|https?://[^)\s]+)\s*\))([^)]*)")
"""What is written as a link and leads nowhere: pages would show its brackets."""
_MOST_CHOICES = 8


def check_links(catalogue: Catalogue) -> None:
    """Report dead links: `[text](site:slug)` and the like in texts, `related` and stops; the web is not asked."""
    sites, routes = set(catalogue.sites), set(catalogue.routes)
    trails = {name for trail in catalogue.trails.values() for name in trail_targets(trail)}
    for kind in (catalogue.sites, catalogue.trails, catalogue.shows, catalogue.scenes, catalogue.routes):
        for entry in kind.values():
            check_links_in(entry, sites, routes, trails)


def trail_targets(trail: Entry[Trail]) -> Iterator[str]:
    """Yield what a text can link to: the trail, and each of its chapters as `slug#chapter`."""
    yield trail.slug
    yield from (f"{trail.slug}#{chapter.id}" for chapter in trail.of.chapter)


def check_links_in(entry: Entry[Any], sites: Container[str], routes: Container[str], trails: Container[str]) -> None:
    """Report the dead links of one site, route, trail, show or map.

    sites, routes : slugs of all there are
    trails : their slugs, and their chapters as in `trail_targets`
    """
    media = {each.id for each in getattr(entry.of, "media", ())}
    _check_texts(entry.document, entry, {"site": sites, "route": routes, "trail": trails, "media": media})
    if isinstance(entry.of, Site):
        for slug in entry.of.related:
            if slug not in sites:
                _dead(entry.document, ("related",), "site", slug)
    if isinstance(entry.of, Route):
        for place, stop in enumerate(entry.of.stop):
            if stop.site and stop.site not in sites:
                _dead(entry.document, ("stop", place, "site"), "site", stop.site)


def check_elements(catalogue: Catalogue) -> None:
    """Report elements of the inscription that two sites have."""
    owners: dict[tuple[int | None, str], str] = {}
    for slug, site in catalogue.sites.items():
        inscription = site.of.inscription
        if inscription and inscription.element:
            first = owners.setdefault((inscription.list, inscription.element), slug)
            if first != slug:
                cause = message(
                    "element %(element)s is also that of '%(site)s'", element=inscription.element, site=first
                )
                cure = message("correct one of them from the official list")
                site.document.error("wrong value", ("inscription", "element"), cause, cure)


def _check_texts(document: TomlDocument, entry: Entry[Any], names: dict[str, Container[str]]) -> None:
    if "](" not in document.text:
        return
    for key, text in _texts(entry.of, ()):
        for kind, name in _LINK.findall(text):
            if name not in names[kind]:
                _dead(document, key, kind, name)
        for address in _OTHER.findall(text):
            cause = message("'%(address)s' is no address that a text can link to", address=address.strip())
            cure = message("begin it with site:, route:, trail:, media: or https://, without spaces")
            document.error("dead link", key, cause, cure)


def _texts(value: Any, key: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, tuple):
        for place, each in enumerate(value):
            yield from _texts(each, key if isinstance(each, str) else (*key, place))
    elif is_dataclass(value):
        for each in fields(value):
            yield from _texts(getattr(value, each.name), (*key, each.name))


def _dead(document: TomlDocument, key: KeyPath, kind: str, name: str) -> None:
    document.error("dead link", key, _no_such(kind, name), message("correct the name, or add it"))


def check_link(document: TomlDocument, key: KeyPath, kind: str, name: str, names: set[str]) -> None:
    """Report a name that does not exist."""
    if name and name not in names:
        cure = (
            message("use one of: %(choices)s", choices=tuple(sorted(names)))
            if 0 < len(names) <= _MOST_CHOICES
            else message("correct the name, or add it")
        )
        document.error("dead link", key, _no_such(kind, name), cure)


def _no_such(kind: str, name: str) -> Message:
    """Return the message for a missing entry, or part of one."""
    match kind:
        case "site":
            return message("there is no site '%(name)s'", name=name)
        case "route":
            return message("there is no route '%(name)s'", name=name)
        case "trail" if "#" in name:
            return message("there is no chapter '%(name)s'", name=name)
        case "trail":
            return message("there is no trail '%(name)s'", name=name)
        case "event":
            return message("there is no event '%(name)s'", name=name)
        case "chapter":
            return message("there is no chapter '%(name)s'", name=name)
        case "source":
            return message("there is no source '%(name)s'", name=name)
        case "state":
            return message("there is no state '%(name)s'", name=name)
        case "annotation":
            return message("there is no annotation '%(name)s'", name=name)
    return message("there is no medium '%(name)s'", name=name)


QUOTED = frozenset({"transcript"})
"""Keys whose words are quoted from others."""

_TO_DO = (
    "actualiser|ajouter|chercher|compléter|compter|confirmer|corriger|dater|décider|demander|éclaircir|écrire|formuler|"
    "géolocaliser|harmoniser|localiser|mesurer|mettre à jour|préciser|recouper|relever|relire|retrouver|trancher|"
    "trouver|vérifier"
)
_DOUBTED = "confirmé|consulté|documenté|établi|étudié|repris|retenu|trouvé|vérifié|vu"
_TEAM = re.compile(
    "|".join(
        (
            rf"\bà (?:re)?(?:{_TO_DO})\b",
            r"\b(?:TODO|FIXME|TBD|XXX)\b|\?\?",
            r"\bvoir avec\b|[:;] (?:comparer|demander|relire|savoir|vérifier)\b",
            rf"\bdoi(?:t|vent) être (?:{_DOUBTED})e?s?\b",
            r"\bne (?:pas|jamais) (?:l[ae]s? |l'|y )*(?:inviter|présenter|écrire|citer|confondre|publier|promettre)\b",
            rf"\b(?:n'|ne )(?:est|sont|a|ont|soit|soient) pas (?:encore )?(?:été )?(?:connu|{_DOUBTED})e?s?\b",
            rf"\bnon (?:{_DOUBTED})e?s?\b",
            rf"\b(?:aucune? |pas de |pas d')\w+ (?:{_DOUBTED})e?s?\b",
            r"\bd'après (?:la |les |une |des )?(?:dernière |seule )?(?:page|source|fiche)s? (?:consultée|lue|vue)s?\b",
            r"\b(?:d'après|selon|lue?s? sur|via) [\w.-]+\.(?:be|com|eu|fr|info|net|org|wiki)\b",
            r"\b(?:données|jeu|tranche|polygone) MBM\b|\b(?:polygone officiel|contour officiel MBM|centroïde)\b",
            r"\b(?:l'inventaire du projet|notes de l'inventaire|source unique|(?:intitulé|titre) éditorial)\b",
        )
    ),
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\s\d(])|\n\s*\n")


def team_sentences(text: str) -> list[str]:
    """Return the sentences of a French text that read as notes to the team.

    >>> team_sentences("Visible depuis la rue. Usage actuel à vérifier.")
    ['Usage actuel à vérifier.']
    """
    sentences = (" ".join(each.split()) for each in _SENTENCE.split(text))
    return [each for each in sentences if _TEAM.search(each.replace("’", "'"))]


def check_audience(document: TomlDocument, table: Any) -> None:
    """Report the sentences of a site or route that visitors read, and that were written for the team."""
    for key, text in visitor_texts(table):
        for sentence in team_sentences(text) if key[-1] not in QUOTED else ():
            cause = message("'%(sentence)s' reads as a note to the team", sentence=sentence)
            cure = message("write it for visitors, or move it to questions")
            document.question("note to the team", key, cause, cure)


_TYPED = (
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
    (re.compile(r"(?<=[IVX])(?:i?[èé]me|eme|è)\b"), "e"),
    (re.compile(r"(?<=\d)(?:i?[èé]me|eme|è)\b"), "e"),
    (re.compile(r"\b1[eè]re\b"), "1re"),
    (re.compile(r"\.\.\."), "…"),
)
"""What a keyboard gives, and what print has in its place; pages raise the "e" of "XIXe" themselves."""

_NOT_TYPESET = frozenset({"file", "captions", "outline", "path", "ground", "model", "url", "lines"})
"""Keys that name a file or a page, and an author's own lines."""


def check_markup(document: TomlDocument, table: Any) -> None:
    """Report HTML and typewriter's signs in the texts of a site or route."""
    for key, text in visitor_texts(table):
        if problem := html_in(text):
            document.error("markup", key, *problem)
        typeset = key[-1] not in _NOT_TYPESET and not is_file_name(text)
        for typed, printed in typed_words(text) if typeset else ():
            cause = message("'%(typed)s' does not follow French typography", typed=typed)
            document.question("typography", key, cause, message("write '%(printed)s'", printed=printed))


def typed_words(text: str) -> list[tuple[str, str]]:
    """Return the words of a text that have signs of a typewriter, each once, with what print has.

    >>> typed_words("L'église du XIXème siècle")
    [("L'église", 'L’église'), ('XIXème', 'XIXe')]
    """
    typed = dict[str, str]()
    for word in text.split():
        printed = word
        for pattern, instead in _TYPED if "://" not in word else ():
            printed = pattern.sub(instead, printed)
        if printed != word:
            typed[word] = printed
    return list(typed.items())


NOT_FOR_VISITORS = frozenset({"questions", "basis", "inscription"})
"""Keys that pages do not show: notes to the team, how a figure was found, and the entry of the list as published."""


def visitor_texts(table: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of a table and of those in it, with their keys."""
    for each in fields(table):
        if each.name in NOT_FOR_VISITORS:
            continue
        rule, value, key = each.metadata["rule"], getattr(table, each.name), (*path, each.name)
        if rule.kind == "one" and value is not None:
            yield from visitor_texts(value, key)
        elif rule.kind == "many":
            for place, inner in enumerate(value):
                yield from visitor_texts(inner, (*key, place))
        elif rule.kind in ("text", "texts", "value"):
            texts = value if isinstance(value, tuple) else (value,)
            yield from ((key, text) for text in texts if isinstance(text, str))


_TAGS = (
    "a|abbr|article|audio|b|big|blockquote|br|center|cite|code|del|div|em|figure|font|h[1-6]|hr|i|iframe|img|ins|li|"
    "mark|ol|p|pre|q|s|script|section|small|source|span|strong|style|sub|sup|svg|table|tbody|td|th|tr|u|ul|video"
)
_HTML = re.compile(
    rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<!--|"
    r"&(?:amp|apos|copy|[aeiou](?:acute|circ|grave|uml)|ccedil|deg|[mn]dash|euro|gt|hellip|[lr][ads]?quo|lt|middot|"
    r"nbsp|oelig|quot|shy|thinsp|#\d{2,5}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)


def markup(text: str) -> str:
    """Return the first HTML tag, comment or entity of a text; empty where there is none.

    >>> markup("la <b>fosse</b>"), markup("1831&nbsp;m"), markup("a < b & c > d; <la fosse>, R&D;")
    ('<b>', '&nbsp;', '')
    """
    match = _HTML.search(text)
    return match[0] if match else ""


def html_in(text: str) -> tuple[Message, Message] | None:
    """Return what is wrong with a text that contains HTML, and what to do about it; None without any."""
    if not (tag := markup(text)):
        return None
    cause = message("visitors would read '%(text)s': HTML is shown as it is written", text=tag)
    return cause, message("write plain text: an empty line begins a paragraph, [words](site:…) is a link")
