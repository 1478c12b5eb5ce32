"""A new bundle takes the place of the old one while everybody is answered, and a rotten one does not."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from carreau_server.app import create_app
from carreau_server.app_state import ReleaseManager
from carreau_server.errors import CorruptBundleError
from carreau_server.settings import Settings
from tests.server import bundles
from tests.server.asking import of_app, of_server, served
from tests.waiting import wait_until


def looked(settings: Settings, change: object = None) -> tuple[str, str]:
    """Open a bundle, change it, look once; return the release in use and why another was refused."""
    releases = ReleaseManager(settings)
    assert callable(change)
    change()
    asyncio.run(releases.check())
    return releases.bundle.head.release, releases.refused


def test_a_new_bundle_is_in_use_after_one_look(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    app = create_app(Settings(tmp_path))
    ask, releases = of_app(app), app.state.app_state.releases
    first = ask("/fr/")
    second = bundles.build(tmp_path, note="the second")
    assert ask("/fr/").body == first.body
    asyncio.run(releases.check())
    assert releases.bundle.head.release == second
    assert "the second" in ask("/fr/").text
    assert ask("/fr/", if_none_match=first.headers["etag"]).status == 200
    assert ask("/readyz").json() == {"status": "ready", "release": second, "refused": None}
    assert "carreau_bundle_swaps_total 1" in ask("/metrics").text


def test_an_answer_in_flight_is_finished_from_the_old_bundle(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    app = create_app(Settings(tmp_path))
    old = app.state.app_state.releases.bundle
    file = old.responses("/fr/")["fr"]
    bundles.build(tmp_path, note="the second")
    asyncio.run(app.state.app_state.releases.check())
    assert app.state.app_state.releases.bundle is not old
    assert b"the second" not in old.read(file)


def spoiled_database(folder: Path) -> None:
    for path in folder.glob("a/*.sqlite"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")


def missing_file(folder: Path) -> None:
    max(folder.glob("a/*.usdz"), key=lambda path: path.stat().st_mtime_ns).unlink()


def short_copy(folder: Path) -> None:
    for path in folder.glob("a/*.html.br"):
        path.write_bytes(b"")


def a_link(folder: Path) -> None:
    for path in folder.glob("a/*.csv"):
        path.rename(folder / "aside")
        path.symlink_to(folder / "aside")


def torn_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:-40])


def later_schema(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"schema_version":2', '"schema_version":3'))


def no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


SPOILERS = [spoiled_database, missing_file, short_copy, a_link, torn_manifest, later_schema, no_manifest]


@pytest.mark.parametrize("spoil", SPOILERS)
def test_a_rotten_bundle_is_refused_and_the_old_one_stays(tmp_path: Path, spoil: object) -> None:
    first = bundles.build(tmp_path)

    def change() -> None:
        if spoil not in (torn_manifest, later_schema, no_manifest, a_link, short_copy):
            shutil.rmtree(tmp_path / "a")
        bundles.build(tmp_path, note="the second")
        assert callable(spoil)
        spoil(tmp_path)

    release, refused = looked(Settings(tmp_path), change)
    assert (release, bool(refused)) == (first, True)


@pytest.mark.parametrize("spoil", SPOILERS)
def test_no_server_starts_on_a_rotten_bundle(tmp_path: Path, spoil: object) -> None:
    bundles.build(tmp_path)
    assert callable(spoil)
    spoil(tmp_path)
    with pytest.raises(CorruptBundleError) as raised:
        create_app(Settings(tmp_path))
    assert len(raised.value.reason) > 20


def rotten_model(folder: Path) -> str:
    (path,) = folder.glob("a/*.usdz")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    return path.name


def copy_of_a_page(folder: Path) -> tuple[Path, bytes]:
    """Return where the compressed copy of a page of the second release lies, and the page."""
    path = next(path for path in sorted(folder.glob("a/*.html")) if b"the second" in path.read_bytes())
    return path.with_name(f"{path.name}.br"), path.read_bytes()


def copy_of_another_page(folder: Path) -> str:
    path, page = copy_of_a_page(folder)
    others = (brotli.compress(page.replace(b"second", b"secon%c" % letter), quality=1) for letter in range(97, 123))
    path.write_bytes(next(each for each in others if len(each) == path.stat().st_size and each != path.read_bytes()))
    return path.name


def copy_that_is_none(folder: Path) -> str:
    path, _ = copy_of_a_page(folder)
    path.write_bytes(b"\xff" * path.stat().st_size)
    return path.name


def copy_without_its_end(folder: Path) -> str:
    path, page = copy_of_a_page(folder)
    size = path.stat().st_size
    path.write_bytes(brotli.compress(page + bytes(range(256)) * 4, quality=1)[:size])
    return path.name


@pytest.mark.parametrize("spoil", [rotten_model, copy_of_another_page, copy_that_is_none, copy_without_its_end])
def test_what_is_rotten_at_its_full_length_is_not_taken_into_use(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], str]
) -> None:
    first = bundles.build(tmp_path, bundles.SITES[1:])
    app = create_app(Settings(tmp_path))
    ask = of_app(app)
    bundles.build(tmp_path, note="the second")
    name = spoil(tmp_path)
    asyncio.run(app.state.app_state.releases.check())
    data = ask("/readyz").json()
    assert (data["release"], data["refused"]) == (first, f"a/{name} is not what its name says")
    assert ask("/v1/sites/fosse-mathilde").status == 404
    assert name in caplog.text


def test_a_file_that_is_in_use_already_is_not_hashed_again(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    releases = ReleaseManager(Settings(tmp_path))
    second = bundles.build(tmp_path, note="the second")
    rotten_model(tmp_path)
    asyncio.run(releases.check())
    assert (releases.bundle.head.release, releases.refused) == (second, "")


@pytest.mark.parametrize("spoil", SPOILERS)
def test_why_a_bundle_is_refused_tells_visitors_not_where_it_lies(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    bundles.build(tmp_path)
    app = create_app(Settings(tmp_path))
    bundles.build(tmp_path, note="the second")
    spoil(tmp_path)
    asyncio.run(app.state.app_state.releases.check())
    reply = of_app(app)("/readyz")
    if spoil is spoiled_database:  # that in use too
        assert (reply.status, reply.json()["code"]) == (503, "bundle-corrupt")
    else:
        assert reply.json()["refused"]
    assert str(tmp_path) not in reply.text
    assert str(tmp_path) in caplog.text


def test_a_refused_bundle_is_tried_again_when_its_file_has_come(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    releases = ReleaseManager(Settings(tmp_path))
    second = bundles.build(tmp_path, note="the second")
    path = max(tmp_path.glob("a/*.html"), key=lambda path: path.stat().st_mtime_ns)
    path.rename(tmp_path / "aside")
    asyncio.run(releases.check())
    assert path.name in releases.refused
    (tmp_path / "aside").rename(path)
    for _ in range(20):
        asyncio.run(releases.check())
    assert (releases.bundle.head.release, releases.refused) == (second, "")


def test_swaps_under_load_fail_no_request(tmp_path: Path) -> None:
    """Six threads ask on connections that stay open, and on new ones, while three releases follow each other."""
    bundles.build(tmp_path, note="release 0")
    (digest,) = {path.name for path in tmp_path.glob("a/*.usdz")}
    paths = ["/fr/", "/v1/sites/fosse-mathilde?lang=de", "/v1/search?q=fosse", "/v1/sites?has=model", f"/a/{digest}"]
    statuses: Counter[int | str] = Counter()
    ended = threading.Event()

    def load(port: int, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        turn = number
        while not ended.is_set():
            turn += 1
            try:
                connection.request("GET", paths[turn % len(paths)])
                answer = connection.getresponse()
                answer.read()
                statuses[answer.status] += 1
                if turn % 7 == 0:
                    connection.close()
            except (OSError, http.client.HTTPException) as error:
                statuses[repr(error)] += 1
        connection.close()

    with served(tmp_path, "--no-access-log") as (port, _):
        threads = [threading.Thread(target=load, args=(port, number)) for number in range(6)]
        for thread in threads:
            thread.start()
        ask = of_server(port)
        try:
            for number in range(1, 4):
                release = bundles.build(tmp_path, note=f"release {number}")
                wait_until(lambda: ask("/readyz").json()["release"] == release, f"release {number} is served")  # noqa: B023
                assert f"release {number}" in ask("/fr/").text
        finally:
            ended.set()
            for thread in threads:
                thread.join()
    assert set(statuses) == {200}
    assert statuses[200] > 100


def keep_release(folder: Path) -> None:
    """Keep the current release as `carreau publish` does."""
    content = (folder / "manifest.json").read_bytes()
    path = folder / "releases" / json.loads(content)["release"] / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_files_of_kept_releases_stay_reachable(tmp_path: Path) -> None:
    bundles.build(tmp_path, note="the first")
    keep_release(tmp_path)
    app = create_app(Settings(tmp_path))
    ask, path = of_app(app), app.state.app_state.releases.bundle.responses("/fr/")["fr"].url
    before = ask(path, accept_encoding="br")
    bundles.build(tmp_path, note="the second")
    asyncio.run(app.state.app_state.releases.check())
    restarted = of_app(create_app(Settings(tmp_path)))
    for client in (ask, restarted):
        after = client(path, accept_encoding="br")
        assert (after.status, after.body, after.headers["etag"]) == (200, before.body, before.headers["etag"])
        assert client(path, range="bytes=0-4").status == 206
        assert client(f"/a/{'0' * 64}.html").status == 404
        for database in tmp_path.glob("a/*.sqlite"):
            assert client(f"/a/{database.name}").status == 404
    shutil.rmtree(tmp_path / "releases")
    assert of_app(create_app(Settings(tmp_path)))(path).status == 404


@pytest.mark.parametrize("damage", ["{", "[]", '{"database": "none"}'])
def test_a_damaged_kept_release_is_no_reason_to_fail(tmp_path: Path, damage: str) -> None:
    bundles.build(tmp_path)
    keep_release(tmp_path)
    for path in tmp_path.glob("releases/*/manifest.json"):
        path.write_text(damage)
    assert of_app(create_app(Settings(tmp_path)))(f"/a/{'0' * 64}.html").status == 404


def test_a_database_that_is_damaged_while_it_is_in_use_fails_the_readiness_check(tmp_path: Path) -> None:
    bundles.build(tmp_path)
    ask = of_app(create_app(Settings(tmp_path)))
    assert ask("/readyz").status == 200
    spoiled_database(tmp_path)
    reply = ask("/readyz")
    assert (reply.status, reply.json()["code"]) == (503, "bundle-corrupt")
    assert str(tmp_path) not in reply.text
