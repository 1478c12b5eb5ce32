"""Write the facts of a source about a place as a `site.toml`: the curator's template, filled in as far as they go.

What the source does not say stays empty there, and is asked by `carreau check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from babel import Locale

from carreau.base.errors import KeyPath
from carreau.base.languages import LANGUAGES, SOURCE, TRANSLATED
from carreau.base.messages import Message, Number, join_messages, message, plural_message
from carreau.base.toml_places import write_toml
from carreau.catalogue.catalogue import template
from carreau.catalogue.fields import NAME, SUMMARY
from carreau.catalogue.media import IMAGE, SOUND, VIDEO
from carreau.catalogue.toml_values import number_value, point_value, text_value
from carreau.exports.importing.media_shelf import CopiedFiles
from carreau.exports.importing.record import (
    Outcomes,
    SourceAnnotation,
    SourceMedium,
    SourceModel,
    SourcePlace,
    SourceStep,
    SourceTour,
    Texts,
)
from carreau.exports.importing.source_files import is_identity, shorten_reference, size_factor
from carreau.exports.importing.texts import (
    PlaceNames,
    clean,
    fit_texts,
    in_languages,
    joined_texts,
    main_language,
    main_text,
    main_title,
    one_line,
    split_titles,
)

_FIELD = (5.0, 120.0)
"""Limits of the catalogue for a field of view in degrees."""

_NO_RIGHTS = 'of = "textes"\ncredit = ""\nlicence = ""'
_HEADINGS = ("Faits repris", "Sources", "États", "Annotations", "Visites guidées", "Médias")


@dataclass(frozen=True)
class WrittenSite:
    """A `site.toml`.

    texts : what stands at a key, in all languages of the source
    """

    text: str
    texts: Mapping[KeyPath, Texts]


def written_site(place: SourcePlace, names: PlaceNames, files: CopiedFiles, outcomes: Outcomes) -> WrittenSite:
    """Return the file of a place, and say what of the place is kept."""
    writer = _SiteWriter(place, names, files, outcomes)
    return WrittenSite(writer.text(), writer.texts)


@dataclass
class _SiteWriter:
    place: SourcePlace
    names: PlaceNames
    files: CopiedFiles
    outcomes: Outcomes
    texts: dict[KeyPath, Texts] = field(default_factory=dict)
    _foreign: dict[str, dict[str, None]] = field(default_factory=dict)

    def text(self) -> str:
        place = self.place
        titles, long_name = split_titles(place.names, NAME)
        summaries, more = fit_texts(place.summaries, SUMMARY)
        name, summary = self._write_own(("name",), titles, "nom"), self._write_own(("summary",), summaries, "résumé")
        description = self._write_own(
            ("description",), joined_texts(long_name, more, place.descriptions), "description"
        )
        position, rights = self._position(), self._rights()
        tables = [self._facts(), self._sources(), self._states(), self._annotations(), self._tours(), self._media()]
        questions = [*place.questions, *self._list_untranslated(), *self._about_models()]
        lines = "".join(f"  {_line(each)},\n" for each in questions)
        # What may hold any text of the source comes last, so that nothing in it is taken for a line of the template.
        filled = template("site")
        origin = f"# Repris de : {' '.join(clean(place.origin).split())}.\n# Un lieu du catalogue."
        filled = _put(filled, "# Un lieu du catalogue.", origin)
        filled = _put(filled, "questions = [\n]", f"questions = [\n{lines}]")
        filled = _put(filled, _NO_RIGHTS, rights or _NO_RIGHTS)
        for beginning, line in position.items():
            filled = _put_line(filled, beginning, line)
        filled = _put(filled, 'name = ""', f"name = {name}")
        filled = _put(filled, 'summary = ""', f"summary = {summary}")
        if description != text_value(""):
            filled = _put(filled, 'description = """\n"""', f"description = {description}")
        headed = zip(_HEADINGS, tables, strict=True)
        return filled + "".join(f"\n# --- {heading} ---\n{table}" for heading, table in headed if table)

    def _write_own(self, key: KeyPath, texts: Texts, what: str) -> str:
        """Return the text of the main language as TOML, and remember the others; `what` names the key in French."""
        if texts:
            self.texts[key] = texts
            language = main_language(texts)
            if language != SOURCE and (language or key[0] != "fact"):  # a record's names and numbers are in no language
                self._foreign.setdefault(language, {})[what] = None
            self._keep_place_text(key, texts)
            for code in (code for code in texts if code not in LANGUAGES and code != language):
                self._lose_text(shorten_reference(texts[code]), code)
        return text_value(main_text(texts))

    def _lose_text(self, text: str, language: str) -> None:
        item = message("'%(text)s'", text=text)
        if language:
            why = message("it is in '%(language)s', which the catalogue does not have", language=language)
        else:
            why = message("it is in no language; the text of a named one was taken")
        self.outcomes.lose(item, why)

    def _keep_place_text(self, key: KeyPath, texts: Texts) -> None:
        items = {
            "name": message("name '%(name)s'", name=main_title(texts, "")),
            "summary": message("summary"),
            "description": message("description"),
        }
        if len(key) == 1 and (item := items.get(str(key[0]))) is not None:
            self.outcomes.keep(item, in_languages(texts))

    def _position(self) -> dict[str, str]:
        """Return the lines of the position by the beginnings of those in the template that they replace."""
        if self.place.position is None:
            return {}
        lon, lat = self.place.position
        where = message("%(lon)s, %(lat)s", lon=Number(lon, ".5f"), lat=Number(lat, ".5f"))
        self.outcomes.keep(message("position"), where)
        return {
            "# lon = 3.4  #": f"lon = {number_value(lon)}",
            "# lat = 50.4  #": f"lat = {number_value(lat)}",
            'basis = ""': f"basis = {_line(f'Position donnée par la source : {self.place.origin}')}",
        }

    def _rights(self) -> str:
        place = self.place
        if not place.credit and not place.licence:
            return ""
        credit = _line(place.credit)
        self.outcomes.keep(
            message("rights"),
            message(
                "credit %(credit)s; licence %(licence)s",
                credit=main_title({"": place.credit}, "–"), licence=place.licence or message("not known"),
            ),
        )  # fmt: skip
        return f'of = "ce qui est repris : modèle et textes"\ncredit = {credit}\nlicence = {_line(place.licence)}'

    def _facts(self) -> str:
        parts = list[str]()
        for number, (name, fact) in enumerate(zip(self.names.facts, self.place.facts, strict=True)):
            labels, long_label = split_titles(fact.labels, NAME)
            values = joined_texts(long_label, fact.values)
            label = self._write_own(("fact", number, "label"), labels, f"fait « {name} »")
            value = self._write_own(("fact", number, "value"), values, f"fait « {name} »")
            parts.append(
                f"\n[[fact]]\nname = {_line(name)}\nlabel = {label}\nvalue = {value}\n"
                f"source = {_line(self.place.origin)}\n"
            )
            self.outcomes.keep(message("fact '%(name)s'", name=main_title(labels, name)), in_languages(values))
        return "".join(parts)

    def _sources(self) -> str:
        parts = list[str]()
        for title, address in self.place.sources:
            url = address if re.match(r"https?://[^\s/]+", address) else ""
            parts.append(f"\n[[source]]\ntitle = {_line(title)}\nurl = {_line(url)}\n")
            self.outcomes.keep(message("source '%(name)s'", name=main_title({"": title}, url)), message("as a source"))
        return "".join(parts)

    def _states(self) -> str:
        if not self.place.models:
            self.outcomes.lose(message("models"), message("there is none in the source that can be read"))
        return "".join(self._state(number, model) for number, model in enumerate(self.place.models))

    def _state(self, number: int, model: SourceModel) -> str:
        state = self.names.states[number]
        item, what = message("model '%(name)s'", name=main_title(model.titles, state)), f"titre de l’état « {state} »"
        titles = self._title(model.titles, item)
        file = self.files.models.get(state, "")
        absent = "" if file else "  # à mettre à côté de ce fichier ; jusque-là, l’état est un brouillon"
        lines = [
            "\n[[state]]",
            f"id = {_line(state)}",
            f"title = {self._write_own(('state', number, 'title'), titles, what)}",
            'date = ""  # jour du relevé, ou époque montrée : la source ne la dit pas',
            'kind = "model"  # le GLB tel quel ; pour un relevé à recalculer, scan : replacer les annotations',
            f"file = {_line(file)}{absent}",
            'evidence = ""  # attested : attesté ; deduced : déduit ; typical : de son type ; hypothetical : supposé',
            "sources = []  # plans, photographies, relevés",
            f"author = {_line(self.place.author)}",
            f"licence = {_line(model.licence or self.place.licence)}",
        ]
        if credit := model.credit or self.place.credit:
            lines.append(f"credit = {_line(credit)}")
        if model.notes:
            lines.append(
                f"note = {self._write_own(('state', number, 'note'), model.notes, f'note de l’état « {state} »')}"
            )
        if file:
            self.outcomes.keep(item, _describe_copy(model, file))
        return "\n".join(lines) + "\n"

    def _annotations(self) -> str:
        pinned = [
            (state, name, annotation)
            for state, names, model in zip(self.names.states, self.names.annotations, self.place.models, strict=True)
            for name, annotation in zip(names, model.annotations, strict=True)
        ]
        return "".join(
            self._annotation(number, state, name, annotation) for number, (state, name, annotation) in enumerate(pinned)
        )

    def _annotation(self, number: int, state: str, name: str, annotation: SourceAnnotation) -> str:
        titles, long_title = split_titles(annotation.titles, NAME)
        texts = joined_texts(long_title, annotation.texts)
        what = f"annotation « {name} »"
        lines = [
            "\n[[annotation]]",
            f"id = {_line(name)}",
            f"state = {_line(state)}",
            f"point = {point_value(annotation.point)}{_missing(annotation.point, 'point')}",
            f"normal = {point_value(annotation.normal)}{_missing(annotation.normal, 'sens de la surface')}",
            f"title = {self._write_own(('annotation', number, 'title'), titles, what)}",
        ]
        if texts:
            lines.append(f"text = {self._write_own(('annotation', number, 'text'), texts, what)}")
        media = [self.names.shelved[each] for each in annotation.media if each in self.names.shelved]
        if media := [each for each in dict.fromkeys(media) if each in self.files.media]:
            lines.append(f"media = {write_toml(list(map(one_line, media)))}")
        lines.append("sources = []")
        item = message("annotation '%(name)s'", name=main_title(annotation.titles, name))
        self.outcomes.keep(item, join_messages([_where(annotation), in_languages(joined_texts(titles, texts))]))
        return "\n".join(lines) + "\n"

    def _tours(self) -> str:
        toured = [
            (state, name, tour)
            for state, names, model in zip(self.names.states, self.names.tours, self.place.models, strict=True)
            for name, tour in zip(names, model.tours, strict=True)
        ]
        return "".join(self._tour(number, *each) for number, each in enumerate(toured))

    def _tour(self, number: int, state: str, name: str, tour: SourceTour) -> str:
        titles, long_title = split_titles(tour.titles, NAME)
        summaries, more = fit_texts(joined_texts(long_title, tour.summaries), SUMMARY)
        what = f"visite « {name} »"
        lines = [
            "\n[[tour]]",
            f"id = {_line(name)}",
            f"state = {_line(state)}",
            f"title = {self._write_own(('tour', number, 'title'), titles, what)}",
        ]
        if summaries:
            lines.append(f"summary = {self._write_own(('tour', number, 'summary'), summaries, what)}")
        item = message("tour '%(name)s'", name=main_title(tour.titles, name))
        if more:
            end = message("the end of its summary, which is too long: %(text)s", text=main_text(more))
            self.outcomes.lose(item, end)
        for place, step in enumerate(tour.steps):
            lines += self._step(("tour", number, "step", place), step, what)
        count = plural_message("%(count)s step", "%(count)s steps", len(tour.steps))
        without = sum(step.duration_s is None for step in tour.steps)
        lacking = [message("how long each step lasts is not in the source, and has to be added")] if without else []
        languages = in_languages(joined_texts(titles, *(step.texts for step in tour.steps)))
        self.outcomes.keep(item, join_messages([count, languages, *lacking]))
        return "\n".join(lines) + "\n"

    def _step(self, key: KeyPath, step: SourceStep, what: str) -> Iterator[str]:
        yield "\n[[tour.step]]"
        if step.annotation in self.names.pinned:
            yield f"annotation = {_line(self.names.pinned[step.annotation])}"
        if step.texts:
            yield f"text = {self._write_own((*key, 'text'), step.texts, what)}"
        sound = self.names.shelved.get(step.sound, "")
        if sound in self.files.media and self._is_sound(sound):
            yield f"sound = {_line(sound)}"
        if step.duration_s is None:
            yield 'duration_s = ""  # en secondes : la source ne le dit pas'
        else:
            yield f"duration_s = {number_value(step.duration_s)}"
        if (camera := step.camera) is not None:
            yield "\n[tour.step.camera]"
            yield f"position = {point_value(camera.position)}"
            yield f"target = {point_value(camera.target)}"
            if camera.field_deg is not None and _FIELD[0] <= camera.field_deg <= _FIELD[1]:
                yield f"field_deg = {number_value(camera.field_deg)}"

    def _is_sound(self, name: str) -> bool:
        kinds = dict(zip(self.names.media, (each.kind for each in self.place.media), strict=True))
        return kinds.get(name) == SOUND

    def _media(self) -> str:
        taken = [
            (name, medium)
            for name, medium in zip(self.names.media, self.place.media, strict=True)
            if name in self.files.media
        ]
        return "".join(self._medium(number, name, medium) for number, (name, medium) in enumerate(taken))

    def _medium(self, number: int, name: str, medium: SourceMedium) -> str:
        item, what = message("medium '%(name)s'", name=medium.file.name), f"média « {name} »"
        titles = self._title(medium.titles, item)
        lines = [
            "\n[[media]]",
            f"id = {_line(name)}",
            f"kind = {_line(medium.kind)}",
            f"file = {_line(self.files.media[name])}",
        ]
        if titles:
            lines.append(f"title = {self._write_own(('media', number, 'title'), titles, what)}")
        lines += [f"credit = {_line(medium.credit)}", f"licence = {_line(medium.licence)}"]
        if medium.kind == IMAGE:
            alt = self._write_own(("media", number, "alt"), medium.alts, what)
            lines.append(f"alt = {alt}" + ("" if medium.alts else "  # ce qu’elle montre, pour qui ne la voit pas"))
        if medium.kind in (SOUND, VIDEO):
            lines.append('transcript = ""  # ce qui est dit, ou un fichier .txt')
        if name in self.files.captions:
            lines.append(f"captions = {_line(self.files.captions[name])}")
        self.outcomes.keep(item, join_messages([_copied_as(self.files.media[name]), *_address(medium.address)]))
        return "\n".join(lines) + "\n"

    def _title(self, titles: Texts, item: Message) -> Texts:
        """Return a title that fits; there is no text below it that the rest of a longer one could go to."""
        short, rest = split_titles(titles, NAME)
        if rest:
            self.outcomes.lose(item, message("the end of its title, which is too long: %(text)s", text=main_text(rest)))
        return short

    def _list_untranslated(self) -> Iterator[str]:
        """Yield a question for each language that texts are still in."""
        for language, keys in self._foreign.items():
            name = _in_french(language)
            note = " ; l’original reste parmi les traductions" if language in TRANSLATED else ""
            yield f"Textes encore {name}, à écrire en français{note} : {', '.join(keys)}."

    def _about_models(self) -> Iterator[str]:
        if self.files.models:
            yield "Le modèle repris est-il un relevé, une restitution ou une maquette ? De quel jour, de qui ?"


def _describe_copy(model: SourceModel, file: str) -> Message:
    parts = [_copied_as(file)]
    if not is_identity(model.placed):
        factor = Number(size_factor(model.placed), ".6g")
        parts.append(message("put into metres and place as in the scene (size × %(factor)s)", factor=factor))
    return join_messages([*parts, *_address(model.address)])


def _copied_as(file: str) -> Message:
    return message("copied as %(file)s", file=file)


def _address(address: str) -> list[Message]:
    if not address:
        return []
    return [
        message("%(address)s was not fetched: the file of that name beside the source was taken", address=address)
    ]  # fmt: skip


def _where(annotation: SourceAnnotation) -> Message:
    if annotation.point is None:
        return message("without a point, which is not in the source, and has to be added")
    if annotation.normal is None:
        return message("at its point; the direction of the surface is not in the source, and has to be added")
    return message("at its point")


def _line(text: str) -> str:
    return write_toml(one_line(text))


def _missing(value: Sequence[float] | None, what: str) -> str:
    return f"  # {what} à donner : la source ne le dit pas" if value is None else ""


def _put(text: str, before: str, after: str) -> str:
    """Return the template with one of its lines replaced; raises ValueError where it does not have it exactly once."""
    padded = f"\n{text}"
    if padded.count(f"\n{before}") != 1:
        raise ValueError(f"the template has no single {before!r}")
    return padded.replace(f"\n{before}", f"\n{after}", 1)[1:]


def _put_line(text: str, beginning: str, after: str) -> str:
    """Return the template with the first line that begins so replaced."""
    lines = text.split("\n")
    place = next(number for number, line in enumerate(lines) if line.startswith(beginning))
    return "\n".join([*lines[:place], after, *lines[place + 1 :]])


def _in_french(language: str) -> str:
    """Return in which language a text is, in French."""
    if not language:
        return "dans une langue que la source ne nomme pas"
    name = Locale(SOURCE).languages.get(language)
    return f"en {name}" if name else f"dans la langue « {language} »"
