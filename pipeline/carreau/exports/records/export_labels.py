"""Labels in French and English that exports add to the texts of the catalogue."""

from __future__ import annotations

import math

from carreau.catalogue.route_measures import RouteMeasures

Phrase = dict[str, str]

DISPUTED: Phrase = {"fr": "Les sources se contredisent.", "en": "The sources disagree."}
APPROXIMATE: Phrase = {"fr": "Date approximative.", "en": "Approximate date."}
UNVERIFIED: Phrase = {
    "fr": "Fiche à vérifier : une partie n’a qu’une source, ou est déduite.",
    "en": "Entry to be verified: part of it has a single source, or is deduced.",
}
DEMONSTRATION: Phrase = {
    "fr": "Lieu de démonstration : ce que l’on y voit est simulé.",
    "en": "Demonstration place: what is shown of it is simulated.",
}
UNREVIEWED: Phrase = {"fr": "Traduction non relue.", "en": "Unreviewed translation."}
DATATOURISME: Phrase = {
    "fr": "Export non vérifié : l’ontologie officielle de DATAtourisme n’a pas été consultée.",
    "en": "Unverified export: the official DATAtourisme ontology was not consulted.",
}
STANDINGS: dict[str, Phrase] = {
    "proposal": {
        "fr": "Proposition : rien n’a été vérifié sur le terrain.",
        "en": "Proposal: nothing has been checked on the ground.",
    },
    "tested": {"fr": "Essayé sur le terrain.", "en": "Tested on the ground."},
    "official": {"fr": "Itinéraire officiel.", "en": "Official route."},
}
MEASURES: dict[str, Phrase] = {
    "indicative": {"fr": "indicatif", "en": "indicative"},
    "documented": {"fr": "d’après un document", "en": "documented"},
    "measured": {"fr": "mesuré", "en": "measured"},
    "computed": {"fr": "calculé, non parcouru", "en": "computed, not walked"},
    "walked": {"fr": "calculé, puis parcouru", "en": "computed, then walked"},
    "straight": {
        "fr": "au moins, en ligne droite entre les arrêts",
        "en": "at least, in straight lines between the stops",
    },
}
EVIDENCE: dict[str, Phrase] = {
    "attested": {"fr": "attesté par des sources", "en": "attested by sources"},
    "deduced": {"fr": "déduit", "en": "deduced"},
    "hypothetical": {"fr": "hypothétique", "en": "hypothetical"},
}
MODELS: dict[str, Phrase] = {
    "scan": {"fr": "Relevé numérique", "en": "Scan"},
    "reconstruction": {"fr": "Reconstitution", "en": "Reconstruction"},
    "model": {"fr": "Modèle", "en": "Model"},
    "survey": {"fr": "Relevé aérien", "en": "Survey from the air"},
    "massing": {"fr": "Volumes d’après des mesures", "en": "Massing model from measurements"},
    "historic": {"fr": "Photographie ancienne sur le sol d’aujourd’hui", "en": "Old photograph on today’s ground"},
}
KINDS: dict[str, Phrase] = {
    "cite": {"fr": "cité minière", "en": "miners’ housing estate"},
    "terril": {"fr": "terril", "en": "slag heap"},
    "ecole": {"fr": "école", "en": "school"},
    "hopital/dispensaire": {"fr": "dispensaire ou hôpital", "en": "health centre or hospital"},
    "eglise": {"fr": "église", "en": "church"},
    "fosse": {"fr": "fosse de mine", "en": "colliery"},
    "cavalier/gare": {"fr": "cavalier minier ou gare", "en": "mine railway or station"},
    "chevalement": {"fr": "chevalement", "en": "headframe"},
    "etang-affaissement": {"fr": "étang d’affaissement", "en": "subsidence pond"},
    "salle-des-fetes": {"fr": "salle des fêtes", "en": "community hall"},
    "chateau/maison-directeur": {"fr": "château ou maison de directeur", "en": "manager’s house"},
    "other": {"fr": "patrimoine minier", "en": "mining heritage"},
    "example": {"fr": "exemple pris ailleurs", "en": "example from elsewhere"},
    "story": {"fr": "lieu d’un récit", "en": "place of a trail"},
}
EVENTS: dict[str, Phrase] = {
    "begun": {"fr": "début des travaux", "en": "beginning of works"},
    "built": {"fr": "construction", "en": "construction"},
    "opened": {"fr": "ouverture", "en": "opening"},
    "closed": {"fr": "fermeture", "en": "closure"},
    "filled": {"fr": "remblayage", "en": "filling in"},
    "demolished": {"fr": "démolition", "en": "demolition"},
    "restored": {"fr": "restauration", "en": "restoration"},
    "protected": {"fr": "protection", "en": "protection"},
    "other": {"fr": "événement", "en": "event"},
}
BASIN: Phrase = {"fr": "Bassin minier du Nord-Pas de Calais", "en": "Nord-Pas de Calais Mining Basin"}
"""As the UNESCO list calls its number 1360 in its two working languages."""


def label_in(phrase: Phrase, language: str) -> tuple[str, str]:
    """Return a label in a language or in English, and its language.

    >>> label_in(KINDS["terril"], "pl")
    ('slag heap', 'en')
    """
    code = language if language in phrase else "en"
    return phrase[code], code


def evidence(kind: str, level: str) -> Phrase:
    """Return the kind of a model and its evidence.

    >>> evidence("reconstruction", "hypothetical")["en"]
    'Reconstruction: hypothetical'
    """
    return {
        "fr": f"{MODELS[kind]['fr']} : {EVIDENCE[level]['fr']}",
        "en": f"{MODELS[kind]['en']}: {EVIDENCE[level]['en']}",
    }


def unreviewed(languages: tuple[str, ...]) -> Phrase:
    """Return a note on languages whose translations are not reviewed; empty without any."""
    if not languages:
        return {}
    codes = ", ".join(languages)
    return {"fr": f"Traductions non relues : {codes}.", "en": f"Unreviewed translations: {codes}."}


def length_phrase(known: RouteMeasures) -> Phrase:
    """Return the length of a route with how far to trust it; empty where nothing is known.

    >>> length_phrase(RouteMeasures("indicative", None, "straight", 5.96))["en"]
    '5.9 km (at least, in straight lines between the stops)'
    """
    least = None if known.straight_km is None else math.floor(known.straight_km * 10) / 10
    kilometres = known.length_km if known.length_km is not None else least
    if kilometres is None:
        return {}
    measure, shown = MEASURES[known.length_measure], f"{kilometres:.1f}"
    return {"fr": f"{shown.replace('.', ',')} km ({measure['fr']})", "en": f"{shown} km ({measure['en']})"}
