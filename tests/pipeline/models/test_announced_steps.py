"""A build announces the steps that it will have, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh

from carreau.base.levels import AR, ARCHIVE, BUDGETED, LEVELS
from carreau.base.options import ModelOptions
from carreau.models.builders.level_context import labels
from carreau.models.flow import build_models
from carreau.runs.cache import Cache
from carreau.runs.eta import Steps
from carreau.runs.progress import Progress
from carreau.runs.scheduler import watching
from carreau.runs.store import Record
from tests.pipeline.bronzes import write_bronze
from tests.pipeline.stand_in import blank_posters

pytestmark = pytest.mark.usefixtures("small_looks")

CONDITIONAL = {
    "weigh own atlas of", "bake own atlas of", "relief", "encode normal of", "encode occlusion of",
    "encode metallic_roughness of", "encode etc1s", "simplify", "unwrap", "weigh new atlas of", "bake new atlas of",
    "keep", "judge", "estimate", "check table", "check table usdz", "pack plain",
    "weigh maps of",
}  # fmt: skip
"""What a level has or has not, as its scan and its textures are; two with the same triangles are packed once plain."""


class Listener(Progress):
    """Keeps what was announced, and what ran."""

    def __init__(self) -> None:
        self.announced: set[str] = set()
        self.ran: set[str] = set()

    def plan(self, steps: Steps) -> None:
        self.announced.update(label for label, _ in steps)

    def begin(self, label: str) -> None:
        self.ran.add(label)


def heard(scan: Path, folder: Path, *levels: str) -> Listener:
    """Build with an empty cache."""
    listener, cache = Listener(), Cache(folder / "cache")
    with pytest.MonkeyPatch.context() as patch, watching(cache, listener):
        blank_posters(patch)
        build_models(scan, ModelOptions(out=folder / "out", levels=levels, taken_as="scan"), cache, listener)
    return listener


@pytest.fixture(scope="module")
def bronze(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> Listener:
    """What is heard of a scan with all kinds of maps, at every kind of level."""
    folder = tmp_path_factory.mktemp("bronze")
    return heard(write_bronze(folder / "bronze.glb", 64), folder, "preview", "desktop-ktx2", AR.name, ARCHIVE)


def test_all_steps_of_a_scan_with_maps_were_announced(bronze: Listener) -> None:
    assert "surface of preview" in bronze.ran
    assert bronze.ran <= bronze.announced


def test_nothing_is_announced_that_its_levels_do_not_have(bronze: Listener) -> None:
    names = {label: label.rpartition(" ") for label in bronze.announced - bronze.ran}
    assert {
        label for label, (verb, _, level) in names.items() if level not in BUDGETED or verb not in CONDITIONAL
    } == set()


@pytest.mark.parametrize("name", LEVELS)
def test_only_the_ar_pair_has_the_steps_of_a_usdz(name: str) -> None:
    assert {label for label in labels(LEVELS[name]) if "usdz" in label or "agree" in label or "jpeg" in label} == set()
    assert {f"pack usdz {AR.name}", f"check usdz {AR.name}", f"encode jpeg {AR.name}"} <= set(labels(AR))
    assert {label for label in labels(AR) if "plain" in label or "compress" in label} == set()


def test_pictures_of_what_may_be_up_are_announced(tiny_scans: Path, tmp_path: Path, bronze: Listener) -> None:
    unsure = heard(tiny_scans / "globe.obj", tmp_path, "preview")
    assert "show ups" in unsure.ran
    assert unsure.ran <= unsure.announced
    assert "show ups" not in bronze.announced


def test_the_steps_of_a_point_cloud_are_announced(tmp_path: Path, bronze: Listener) -> None:
    ball = trimesh.creation.icosphere(subdivisions=5)
    colors = np.rint(128 + 100 * np.sin(3 * ball.vertices)).astype(np.uint8)
    rows = np.hstack([ball.vertices, colors])
    np.savetxt(tmp_path / "ball.xyz", rows, "%.5f %.5f %.5f %d %d %d")
    cloud = heard(tmp_path / "ball.xyz", tmp_path, "preview")
    assert {"crop", "surface", "align points", "align cloud"} <= cloud.ran <= cloud.announced
    assert not {"surface", "align points", "align cloud"} & bronze.announced


class Planned(Progress):
    """Keeps what was announced before the first step, which it does not let run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float | None] = {}

    def plan(self, steps: Steps) -> None:
        self.seconds.update(steps)

    def begin(self, label: str) -> None:
        raise InterruptedError(label)


def test_no_level_is_forgotten_after_a_first_build_that_was_killed(tmp_path: Path) -> None:
    scan, cache, planned = write_bronze(tmp_path / "bronze.glb", 8), Cache(tmp_path / "cache"), Planned()
    cache.timings.add(Record("read", "read", 1.0, 0, scan.stat().st_size))
    cache.timings.add(Record("bake", "bake own atlas of preview", 1.0, 0, 1000 * scan.stat().st_size))
    options = ModelOptions(out=tmp_path / "out", levels=("preview", "phone"), taken_as="scan")
    with pytest.raises(InterruptedError), watching(cache, planned):
        build_models(scan, options, cache, planned)
    assert planned.seconds["read"] == pytest.approx(1.0)
    assert planned.seconds["bake own atlas of preview"] is None
    assert "pack preview" not in planned.seconds
    assert "pack phone" in planned.seconds
