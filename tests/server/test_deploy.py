"""The container and the systemd unit of `server/deploy/` have what the server needs, and are accepted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from carreau_server import settings
from carreau_server.__main__ import main
from tests.server.asking import PROJECT
from tests.server.nginx import DEPLOY

CI = os.environ.get("CI") == "true"


def test_the_container_has_all_that_the_server_asks_for(bundle: Path, tmp_path: Path) -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE):
        found = list(PROJECT.glob(source))
        assert found, source
        for here in found:
            there = tmp_path / target
            if here.is_dir():
                shutil.copytree(here, there, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                there.mkdir(parents=True, exist_ok=True)
                shutil.copy(here, there)
    assert not [path for path in tmp_path.rglob("*") if path.name == "node_modules" or path.suffix == ".ts"]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*")) < 8_000_000
    script = (
        "import sys; sys.meta_path[:] = [each for each in sys.meta_path if 'editable' not in str(each)]\n"
        "import carreau_server.__main__, carreau_server.app, carreau_server.settings, pathlib\n"
        "carreau_server.app.create_app(carreau_server.settings.Settings(pathlib.Path(sys.argv[1])))\n"
        "print(carreau_server.__file__)\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    command = [sys.executable, "-c", script, str(bundle)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))
    installed = re.search(r"pip install .*\\\n(.*)", text)
    assert installed is not None
    assert {"brotli", "fastapi", "httptools", "uvicorn", "babel"} <= set(installed[1].split())


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (None, "TRUSTED_PROXIES is not set"),
        ("", "TRUSTED_PROXIES is not set"),
        ("10.0.0.1/8", "'10.0.0.1/8' is no address and no network (10.0.0.1/8 has host bits set)"),
        ("proxy.internal", "'proxy.internal' is no address"),
        ("none, 10.0.0.0/8", "'none' is no address"),
        ("0.0.0.0/0", "'0.0.0.0/0' is every address"),
        ("::/0", "'::/0' is every address"),
        ("none", "has no manifest.json; mount a bundle there"),
    ],
)
def test_the_container_does_not_start_without_its_proxies_and_a_bundle(
    tmp_path: Path, setting: str | None, said: str
) -> None:
    """Behind a platform that ends TLS, all visitors would share the rate limit of one."""
    environment = {name: value for name, value in os.environ.items() if name != "TRUSTED_PROXIES"}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PROXIES_CONF": str(tmp_path / "x")}
    environment |= {} if setting is None else {"TRUSTED_PROXIES": setting}
    command = ["sh", str(DEPLOY / "start.sh"), str(tmp_path)]
    done = subprocess.run(
        command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nginx_is_told_of_the_proxies_that_are_trusted(capsys: pytest.CaptureFixture[str]) -> None:
    assert settings.main(["10.0.0.0/8,", "2001:db8::/32"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "set_real_ip_from 10.0.0.0/8;",
        "set_real_ip_from 2001:db8::/32;",
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]
    assert settings.main(["none"]) == 0
    assert capsys.readouterr().out == ""


def test_the_server_refuses_wrong_proxies(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(bundle), "--trusted-proxies", "10.0.0.0/99"]) == 2
    assert "--trusted-proxies: '10.0.0.0/99' is no address" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("systemd-analyze") and not CI, reason="systemd is not installed")
@pytest.mark.parametrize("name", ["carreau.service", "carreau-desk.service"])
def test_systemd_accepts_the_unit(tmp_path: Path, name: str) -> None:
    text = re.sub(r"/opt/carreau/\.venv/bin/(?:python|carreau)(?= )", sys.executable, (DEPLOY / name).read_text())
    (tmp_path / name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not re.search("Unknown|Invalid|Failed to parse", done.stderr), done.stderr
