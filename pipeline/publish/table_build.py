"""The build of the territory's table model, as an authored model like any other, and its pictures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cache.cache import Cache
from pipeline.catalogue.atomic_write import write_whole
from pipeline.catalogue.catalogue import Catalogue
from pipeline.levels import AR, PHONE
from pipeline.options import ModelOptions
from pipeline.publish.types import PublishOptions
from pipeline.territory.table_note import CREDIT, LICENCE

if TYPE_CHECKING:
    from pipeline.territory.table_plan import TablePlan

FOLDER, STATE = "_territory", "table"
"""Of its models, below the folder of all models; no slug has an underscore."""
LEVELS = (PHONE.name, AR.name)
"""It is small enough for phones with all its triangles."""
TITLE = "La Porte du Hainaut – maquette"


def table_folder(models: Path) -> Path:
    """Return the folder of the table model."""
    return models / FOLDER / STATE


def table_options(options: PublishOptions, language: str) -> ModelOptions:
    """Return how the table model is built."""
    return ModelOptions(
        out=table_folder(options.models), name=TITLE, levels=LEVELS, source=CREDIT, licence=LICENCE, credit=CREDIT,
        language=language, taken_as="authored",
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class TableBuild:
    """The model of the territory, ready to be built.

    content : the model as GLB
    """

    plan: TablePlan
    content: bytes
    folder: Path

    @property
    def digest(self) -> str:
        """Return the digest of the model."""
        return hashlib.sha256(self.content).hexdigest()

    def write(self, scan: Path) -> None:
        """Write the model, unless it is there; raises StorageError."""
        if not scan.is_file() or scan.read_bytes() != self.content:
            write_whole(scan, self.content)

    def take_pictures(self, scan: Path, cache: Cache) -> None:
        """Take the pictures, or have them from the cache, and write them with the note of the model."""
        from pipeline.territory.table_pictures import take_pictures
        from pipeline.territory.table_plan import write_table

        pictures = cache.step(take_pictures, cache.files(scan), self.plan.shots, label="pictures")
        write_table(self.folder, self.plan, pictures.value())


def table_build(options: PublishOptions, catalogue: Catalogue) -> TableBuild | None:
    """Return the model that the catalogue makes; None if it has no communes or no outlines. Raises ScanError."""
    from pipeline.territory.table_plan import table_file, table_parts, table_plan
    from pipeline.territory.table_sources import table_sources

    sources = table_sources(catalogue, options.assets)
    if sources is None:
        return None
    parts = table_parts(sources)
    return TableBuild(table_plan(sources, parts), table_file(parts), table_folder(options.models))
