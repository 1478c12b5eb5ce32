"""The container and the systemd unit of `server/deploy/` have what the server needs, and are accepted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.asking import PROJECT
from tests.server.nginx import DEPLOY

CI = os.environ.get("CI") == "true"


def test_the_container_has_all_that_the_server_asks_for(bundle: Path, tmp_path: Path) -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE):
        here, there = PROJECT / source, tmp_path / target
        if here.is_dir():
            shutil.copytree(here, there, ignore=shutil.ignore_patterns("node_modules", "static", "__pycache__"))
        else:
            there.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, there)
    script = (
        "import sys; sys.meta_path[:] = [each for each in sys.meta_path if 'editable' not in str(each)]\n"
        "import server.__main__, server.app, server.settings, pathlib\n"
        "server.app.create_app(server.settings.Settings(pathlib.Path(sys.argv[1])))\n"
        "print(server.__file__)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", script, str(bundle)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))
    installed = re.search(r"pip install .*\\\n(.*)", text)
    assert installed is not None
    assert {"brotli", "fastapi", "httptools", "uvicorn", "babel"} <= set(installed[1].split())


@pytest.mark.skipif(not shutil.which("systemd-analyze") and not CI, reason="systemd is not installed")
@pytest.mark.parametrize("name", ["carreau.service", "carreau-desk.service"])
def test_systemd_accepts_the_unit(tmp_path: Path, name: str) -> None:
    text = re.sub(r"/opt/carreau/\.venv/bin/(?:python|carreau)(?= )", sys.executable, (DEPLOY / name).read_text())
    (tmp_path / name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not re.search("Unknown|Invalid|Failed to parse", done.stderr), done.stderr
