"""Models of scans that were filed, as they were built on trial: annotations can be placed before the next build."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from carreau.desk.scan_inbox import LOOK, TRIAL, SentScan
from carreau.desk.scene import model_file


def keep_models(scan: SentScan, folder: Path, slug: str, state: str) -> None:
    """Keep what was built of a scan for the state that it was filed in; where that fails, the state waits for a build.

    folder : with SITE/STATE/, as `carreau build` has it
    """
    built = next((scan.folder / each for each in (TRIAL, LOOK) if scan.report(each) is not None), None)
    if built is None:
        return
    target = folder / slug / state
    with contextlib.suppress(OSError):
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, target)


def latest_model(folders: Iterable[Path], slug: str, state: str) -> Path | None:
    """Return the model of a state that was built last, None where there is none.

    folders : with SITE/STATE/
    """
    found = [path for folder in folders if (path := model_file(folder, slug, state)) is not None]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
