"""Say what a bundle holds: `manifest.json`, written last."""

from __future__ import annotations

from pydantic import Field

from carreau.base.schema.file_links import SHA256, File
from carreau.base.schema.frozen_model import FrozenModel

SCHEMA_VERSION = 2
"""2: files and answers have gzip_bytes, sites and routes `modified`."""
NAME = "manifest.json"
FILES = "a"
"""Folder of what is named by its content."""
RELEASES = "releases"
"""Folder of the manifests of kept releases."""


class Origin(FrozenModel):
    """A file that the bundle was made from."""

    path: str
    sha256: str = Field(pattern=SHA256)


class Answer(FrozenModel):
    """What is answered under an address.

    path : of the address, with its leading stroke
    lang : language that was asked for; empty where the answer has none
    sha256 : of the file that is answered
    static : where a static host puts it, relative to its root; empty where it cannot be had there
    """

    path: str = Field(pattern=r"^/")
    lang: str = ""
    sha256: str = Field(pattern=SHA256)
    static: str = ""


class Manifest(FrozenModel):
    """The table of a bundle.

    release : digest of everything below it; names the bundle
    languages : first the one that curators write
    base_url : origin that absolute addresses in the documents begin with
    database : `catalogue.sqlite`, for search and places
    """

    schema_version: int = SCHEMA_VERSION
    release: str
    generator: str
    languages: tuple[str, ...]
    base_url: str
    database: str = Field(pattern=SHA256)
    sites: int
    routes: int
    trails: int = 0
    sources: tuple[Origin, ...] = ()
    files: tuple[File, ...] = ()
    answers: tuple[Answer, ...] = ()
