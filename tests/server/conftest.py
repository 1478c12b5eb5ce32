"""A small bundle, an app over it, and the real server on a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from carreau_server.app import create_app
from carreau_server.settings import Settings
from tests.server import bundles
from tests.server.asking import Ask, of_app, of_server, served
from tests.server.nginx import configured, free_port, running


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that no test changes."""
    folder = tmp_path_factory.mktemp("bundle")
    bundles.build(folder)
    return folder


@pytest.fixture(scope="session")
def app(bundle: Path) -> FastAPI:
    """An app over it."""
    return create_app(Settings(bundle))


@pytest.fixture(scope="session")
def port(bundle: Path) -> Iterator[int]:
    """The port of the real server, a process of its own."""
    with served(bundle, "--no-access-log") as (port, _):
        yield port


@pytest.fixture(scope="session")
def nginx_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where nginx has its configuration, cache and logs."""
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="session")
def nginx_port(bundle: Path, port: int, nginx_folder: Path) -> Iterator[int]:
    """The port of the shipped nginx before the real server."""
    own = free_port()
    with running(configured(nginx_folder, bundle, own, port), own):
        yield own


@pytest.fixture(scope="session")
def through(nginx_port: int) -> Ask:
    """What asks through nginx."""
    return of_server(nginx_port)


@pytest.fixture(scope="session", params=["app", "socket"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """What asks the app, and then the same of the server."""
    if request.param == "app":
        return of_app(request.getfixturevalue("app"))
    return of_server(request.getfixturevalue("port"))


@pytest.fixture(scope="session")
def asked(app: FastAPI) -> Ask:
    """What asks the app alone."""
    return of_app(app)


@pytest.fixture(scope="session")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """What asks the app over a bundle that has the pages about the API, too."""
    folder = tmp_path_factory.mktemp("documented")
    bundles.build(folder, is_documented=True)
    return of_app(create_app(Settings(folder)))
