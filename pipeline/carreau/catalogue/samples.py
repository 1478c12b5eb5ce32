"""Simulated samples: `file = "sample:headframe-simulated"` is generated during the build."""

from __future__ import annotations

from carreau.base.diagnostics import KeyPath
from carreau.base.document import TomlDocument
from carreau.base.messages import message
from carreau.catalogue.media import SOUND
from carreau.catalogue.site import Site
from carreau.catalogue.state import MODEL, RECONSTRUCTION, SCAN

SCHEME = "sample:"

SAMPLES = {
    "headframe-1930-simulated": (RECONSTRUCTION, MODEL),
    "headframe-simulated": (SCAN,),
    "winding-engine-simulated": (SOUND,),
}
"""The kinds of states and media that each sample may be used for; `assets/demonstration` generates them."""


def sample_of(file: str) -> str:
    """Return the name of the sample that a file refers to, empty for a real file.

    >>> sample_of("sample:headframe-simulated"), sample_of("facade.jpg")
    ('headframe-simulated', '')
    """
    return file.removeprefix(SCHEME) if file.startswith(SCHEME) else ""


def check_sample(document: TomlDocument, key: KeyPath, file: str, kind: str, is_demonstration: bool) -> None:
    """Report an unknown sample, one of the wrong kind, and one used in a real place."""
    name = file.removeprefix(SCHEME)
    if name not in SAMPLES:
        cure = message("use one of: %(choices)s", choices=tuple(SCHEME + each for each in SAMPLES))
        document.error("missing file", key, message("there is no sample '%(name)s'", name=name), cure)
    elif kind and kind not in SAMPLES[name]:
        cause = message("the sample '%(name)s' is not of kind '%(kind)s'", name=name, kind=kind)
        cure = message("write %(example)s", example=f"kind = {SAMPLES[name][0]}")
        document.error("wrong value", key, cause, cure)
    if not is_demonstration:
        cause = message("the place is real, but the file is simulated")
        cure = message("use a real file; only places with demonstration = true may use a simulation")
        document.error("wrong value", key, cause, cure)


def is_demonstration(of: object) -> bool:
    """Return whether an entry of the catalogue is a demonstration."""
    return isinstance(of, Site) and of.demonstration is True
