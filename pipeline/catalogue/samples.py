"""Name what Carreau simulates itself: `file = "sample:headframe-simulated"` is made when it is built."""

from __future__ import annotations

from pipeline.catalogue.diagnostics import KeyPath
from pipeline.catalogue.document import TomlDocument
from pipeline.catalogue.media import SOUND
from pipeline.catalogue.site import Site
from pipeline.catalogue.state import MODEL, RECONSTRUCTION, SCAN
from pipeline.messages import message

SCHEME = "sample:"

SAMPLES = {
    "headframe-1930-simulated": (RECONSTRUCTION, MODEL),
    "headframe-simulated": (SCAN,),
    "winding-engine-simulated": (SOUND,),
}
"""Each sample with the kinds of what it may be the file of; `pipeline.samples.named` makes them."""


def sample_of(file: str) -> str:
    """Return the name of the sample that a file is, empty where it lies beside the catalogue's own.

    >>> sample_of("sample:headframe-simulated"), sample_of("facade.jpg")
    ('headframe-simulated', '')
    """
    return file.removeprefix(SCHEME) if file.startswith(SCHEME) else ""


def check_sample(document: TomlDocument, key: KeyPath, file: str, kind: str, is_demonstration: bool) -> None:
    """Note a sample that is none, is of another kind, or stands in a place that is real."""
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
    """Say whether an entry of the catalogue is a demonstration place."""
    return isinstance(of, Site) and of.demonstration is True
