"""The build of the territory's table model, as an authored model like any other, and its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from carreau.base.atomic_write import write_whole
from carreau.base.levels import AR, PHONE, PREVIEW
from carreau.base.options import ModelOptions
from carreau.catalogue.catalogue import Catalogue
from carreau.runs.cache.cache import Cache
from carreau.site.publish.types import PublishOptions
from carreau.site.territory.table_note import CREDIT, LICENCE

if TYPE_CHECKING:
    from carreau.site.territory.table_plan import TablePlan
    from carreau.site.territory.table_sources import TableSources

FOLDER, STATE = "_territory", "table"
"""Of its models, below the folder of all models; no slug has an underscore."""
LEVELS = (PHONE.name, AR.name)
"""A table is small enough for phones with all its triangles."""
RELIEF_LEVELS = (PREVIEW.name, *LEVELS)
"""A relief has a photograph: a small one is seen first."""
TITLE = "La Porte du Hainaut – maquette"
UNKNOWN = "?"
"""The credit of terrain whose record names nobody."""
RELIEF_TITLE = "La Porte du Hainaut – relief"


def table_folder(models: Path) -> Path:
    """Return the folder of the table model."""
    return models / FOLDER / STATE


def table_options(options: PublishOptions, language: str, relief_credit: str = "") -> ModelOptions:
    """Return how the table model is built, or the relief.

    relief_credit : whom terrain and photograph belong to; empty for the table
    """
    credit = " ; ".join(filter(None, (CREDIT, relief_credit)))
    return ModelOptions(
        out=table_folder(options.models), name=RELIEF_TITLE if relief_credit else TITLE,
        levels=RELIEF_LEVELS if relief_credit else LEVELS, source=credit, licence=LICENCE, credit=credit,
        language=language, taken_as="authored",
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class TableModel:
    """A model as GLB, and what is made of it besides its levels."""

    plan: TablePlan
    content: bytes


@dataclass(eq=False)
class TableBuild:
    """The model of the territory, ready to be built.

    folder : of its levels
    relief_credit : whom terrain and photograph belong to; empty for the table
    digest : changes with all that it is made of
    make : makes the model, which takes half a minute for a relief; raises ScanError
    """

    folder: Path
    relief_credit: str
    digest: str
    make: Callable[[], TableModel]

    @cached_property
    def model(self) -> TableModel:
        """Return the model, made on first use."""
        return self.make()

    def write(self, scan: Path) -> None:
        """Write the model, unless it is there; raises ScanError or StorageError."""
        content = self.model.content
        if not scan.is_file() or scan.read_bytes() != content:
            write_whole(scan, content)

    def take_pictures(self, scan: Path, cache: Cache) -> None:
        """Take the pictures, or have them from the cache, and write them with the note of the model."""
        from carreau.site.territory.table_pictures import take_pictures
        from carreau.site.territory.table_plan import write_table

        plan = self.model.plan
        pictures = cache.step(take_pictures, cache.files(scan), plan.shots, label="table pictures")
        write_table(self.folder, plan, pictures.value())


def table_build(options: PublishOptions, catalogue: Catalogue) -> TableBuild | None:
    """Return the model that the catalogue makes; None if it has no communes or no outlines.

    It is a relief once the terrain of the territory is gathered. Raises ScanError.
    """
    from carreau.site.territory.relief_survey import credit_of, is_gathered, territory_record
    from carreau.site.territory.table_plan import table_file, table_parts, table_plan
    from carreau.site.territory.table_sources import table_sources

    sources = table_sources(catalogue, options.assets)
    if sources is None:
        return None
    parts, folder = table_parts(sources), table_folder(options.models)
    content = table_file(parts)
    digest = hashlib.sha256(content).hexdigest()
    if not is_gathered(options.assets):
        return TableBuild(folder, "", digest, lambda: TableModel(table_plan(sources, parts), content))
    # The table's own file stands for what the catalogue says of communes, outlines, heights and routes.
    digest, credit = f"{digest} {_stamps(options.assets)}", credit_of(territory_record(options.assets)) or UNKNOWN
    return TableBuild(folder, credit, digest, lambda: _relief(options.assets, sources))


def _relief(assets: Path, sources: TableSources) -> TableModel:
    from carreau.site.territory.relief_plan import relief_plan

    made = relief_plan(sources, assets)
    return TableModel(made.plan, made.content)


def _stamps(assets: Path) -> str:
    """Return sizes and times of all that was gathered of the territory, as for the scans of sites."""
    from carreau.site.territory.relief_survey import FOLDER as GATHERED

    files = sorted(path for path in (assets / GATHERED).iterdir() if path.is_file())
    return " ".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
