"""Try the plug-in for WordPress: `make wordpress`, or `python -m tests.integrations.wordpress.trial --bundle bundle`.

A real WordPress of Debian's package runs on a free port, with a MariaDB of its own, all in a temporary folder,
and Chromium looks at posts that embed a place in every way. Pictures are kept in `build/wordpress/`; everything else is
removed at the end, also after a failure. Every wait is limited.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.browser import Browser, asked, loaded, opened
from tests.real_input import press, write

PROJECT = Path(__file__).parents[3]
HERE = Path(__file__).parent
PLUGIN = PROJECT / "server" / "integrations" / "wordpress" / "carreau"
WORDPRESS = Path("/usr/share/wordpress")
PACKAGES = (
    "wordpress", "wordpress-theme-twentytwentyfive", "php-cli", "php-mysql", "php-xml", "php-mbstring", "php-curl",
    "mariadb-server", "chromium",
)  # fmt: skip
_WAIT_S = 60.0
_CONFIG = """<?php
define( 'DB_NAME', 'trial' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
$table_prefix = 'wp_';
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $name ) {{
    define( $name . '_KEY', 'of a trial' );
    define( $name . '_SALT', 'of a trial' );
}}
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_LOG', '{log}' );
define( 'WP_DEBUG_DISPLAY', false );
define( 'DISABLE_WP_CRON', true );
define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
"""


class TrialError(Exception):
    """The trial cannot be made, or found something wrong; one line."""


def missing() -> list[str]:
    """Return what the trial needs and is not here."""
    programs = {"php": "php-cli", "mariadbd": "mariadb-server", "mariadb-install-db": "mariadb-server"}
    lacking = {package for program, package in programs.items() if not _program(program)}
    if not _program("chromium") and not _program("google-chrome"):
        lacking.add("chromium")
    if not (WORDPRESS / "wp-load.php").is_file():
        lacking.add("wordpress")
    if not (WORDPRESS / "wp-content" / "themes" / "twentytwentyfive").is_dir():
        lacking.add("wordpress-theme-twentytwentyfive")
    if _program("php"):
        has = subprocess.run(["php", "-m"], capture_output=True, text=True, check=False, timeout=30).stdout.split()
        modules = {"mysqli": "php-mysql", "xml": "php-xml", "mbstring": "php-mbstring", "curl": "php-curl"}
        lacking |= {package for module, package in modules.items() if module not in has}
    return sorted(lacking)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def install() -> None:
    """Install what is missing as root with apt; raises TrialError where that cannot be."""
    lacking = missing()
    if not lacking:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("== Packages for the trial:", *lacking, flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        for words in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            with_apt = ["apt-get", "-qq", *words]
            subprocess.run(with_apt, check=False, timeout=900, **quiet)  # type: ignore[call-overload]
    if lacking := missing():
        raise TrialError(f"not installed: {', '.join(lacking)}; apt-get install {' '.join(PACKAGES)}, then try again")


def syntax_errors() -> dict[str, str]:
    """Return the syntax errors of the plug-in by file; WordPress does not load every file."""
    errors = dict[str, str]()
    for path in sorted(PLUGIN.glob("*.php")):
        done = subprocess.run(["php", "-l", str(path)], capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            errors[path.name] = (done.stdout + done.stderr).strip()
    return errors


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], log: Path, is_ready: Callable[[], bool], **more: Any) -> Iterator[None]:
    """Run a program until the end of the block; raises TrialError where it does not get ready."""
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, **more) as process:
        try:
            ended = time.monotonic() + _WAIT_S
            while not is_ready():
                if process.poll() is not None or time.monotonic() > ended:
                    tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
                    raise TrialError(f"{command[0]} did not start: {' '.join(tail)}")
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _listens(port: int) -> Callable[[], bool]:
    def listens() -> bool:
        with socket.socket() as client:
            client.settimeout(1)
            return client.connect_ex(("127.0.0.1", port)) == 0

    return listens


@contextmanager
def database(folder: Path) -> Iterator[Path]:
    """Run a MariaDB without a network; yield its socket."""
    data, place = folder / "mysql", folder / "mysql.sock"
    words = ["--no-defaults", f"--datadir={data}", "--user=root" if os.geteuid() == 0 else "--skip-name-resolve"]
    first = [*words, "--auth-root-authentication-method=normal", "--skip-test-db"]
    done = subprocess.run(
        [str(_program("mariadb-install-db")), *first], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise TrialError(f"mariadb-install-db failed: {done.stderr.strip()[-200:]}")
    server = [str(_program("mariadbd")), *words, f"--socket={place}", "--skip-networking"]
    with running(server, folder / "mysql.log", place.exists):
        client = [str(_program("mariadb")), "--no-defaults", f"--socket={place}", "-e", "CREATE DATABASE trial"]
        subprocess.run(client, check=True, timeout=60)
        yield place


def wordpress(folder: Path, place: Path) -> Path:
    """Copy WordPress with the plug-in into a folder; returns it."""
    copy = folder / "wordpress"
    shutil.copytree(WORDPRESS, copy, ignore_dangling_symlinks=True, ignore=shutil.ignore_patterns(".htaccess"))
    (copy / "wp-config.php").write_text(_CONFIG.format(socket=place, log=folder / "debug.log"), "utf-8")
    shutil.copytree(PLUGIN, copy / "wp-content" / "plugins" / "carreau")
    must = copy / "wp-content" / "mu-plugins"
    must.mkdir()
    shutil.copy(HERE / "trial_only.php", must)
    return copy


class Look:
    """Looks at pages, and gathers what is wrong."""

    def __init__(self, browser: Browser, host: str, ours: str, pictures: Path) -> None:
        """Look with a browser at a WordPress and our server; pictures are kept in a folder."""
        self.browser, self.host, self.ours, self.pictures = browser, host, ours, pictures
        self.wrong: list[str] = []

    def check(self, is_so: object, what: str) -> None:
        """Note something that is right or wrong."""
        print(f"  {'ok   ' if is_so else 'WRONG'} {what}", flush=True)
        if not is_so:
            self.wrong.append(what)

    def wait(self, session: str, expression: str, seconds: float = _WAIT_S) -> Any:
        """Return what an expression is worth once it is true, or None when the time is over."""
        ended = time.monotonic() + seconds
        while not (found := asked(self.browser, session, expression)):
            if time.monotonic() > ended:
                return None
            time.sleep(0.3)
        return found

    def open(self, path: str, width: int = 1280) -> str:
        """Open a page of WordPress, and close the one before: only one draws models at a time."""
        for each in self.browser.call("Target.getTargets")["targetInfos"]:
            if each["type"] == "page":
                self.browser.call("Target.closeTarget", targetId=each["targetId"])
        session = opened(self.browser, f"{self.host}{path}", width)
        loaded(self.browser, session)
        return session

    def go(self, session: str, path: str) -> None:
        """Go to another page in the same tab, where somebody is logged in."""
        self.browser.call("Page.navigate", session, url=f"{self.host}{path}")
        self.wait(session, f"location.href.endsWith({json.dumps(path)}) && document.readyState === 'complete'")

    def inside(self, session: str, expression: str) -> Any:
        """Return what an expression is worth in the frame of ours that a page has; None without one."""
        self.browser.call("Page.enable", session)
        frames = [self.browser.call("Page.getFrameTree", session)["frameTree"]]
        while frames:
            tree = frames.pop()
            frames += tree.get("childFrames", [])
            if tree["frame"]["url"].startswith(f"{self.ours}/embed/"):
                world = self.browser.call("Page.createIsolatedWorld", session, frameId=tree["frame"]["id"])
                found = self.browser.call(
                    "Runtime.evaluate", session, expression=expression, returnByValue=True,
                    contextId=world["executionContextId"],
                )  # fmt: skip
                return found["result"].get("value")
        return None

    def wait_inside(self, session: str, expression: str) -> Any:
        """Return what an expression is worth in our frame once it is true, or None when the time is over."""
        ended = time.monotonic() + _WAIT_S
        while not (found := self.inside(session, expression)) and time.monotonic() < ended:
            time.sleep(0.3)
        return found

    def picture(self, session: str, name: str) -> None:
        """Keep a picture of a page; a busy machine may have none, which is no fault of the plug-in."""
        try:
            self.browser.call("Page.bringToFront", session)
            shot = self.browser.call("Page.captureScreenshot", session, format="png")["data"]
        except AssertionError:
            print(f"  -     no picture {name}: the browser was too slow", flush=True)
            return
        (self.pictures / f"{name}.png").write_bytes(base64.b64decode(shot))

    def hosts(self) -> set[str]:
        """Return the origins, other than those of the trial, that the browser asked."""
        own = (self.host, self.ours, "data:", "blob:", "about:", "chrome")
        return {url for url in self.browser.asked if not url.startswith(own)}


SHOWN = "document.querySelector('carreau-viewer, .stage, figure img, svg')?.getBoundingClientRect().height > 100"
"""Whether our page in a frame shows a model, or its picture or map."""


def look(eye: Look, posts: dict[str, int]) -> None:
    """Look at every post, at the editor and at the settings."""
    for name in ("pasted", "embed", "route", "block", "frame"):
        for width in (1280, 360):
            session = eye.open(f"/?p={posts[name]}", width)
            frame = eye.wait(session, f"document.querySelector('iframe[src^=\"{eye.ours}/embed/\"]')?.src", 10)
            eye.check(frame, f"{name}, {width} px: a frame of ours")
            if not frame:
                continue
            asked(eye.browser, session, "document.querySelector('iframe').scrollIntoView({block: 'center'})")
            eye.check(eye.wait_inside(session, SHOWN), f"{name}, {width} px: the frame shows the place")
            is_within = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            eye.check(asked(eye.browser, session, is_within), f"{name}, {width} px: nothing is wider than the page")
            is_free = "document.querySelector('iframe').sandbox.length === 0"
            eye.check(asked(eye.browser, session, is_free), f"{name}, {width} px: the frame is in no sandbox")
            time.sleep(2)
            eye.picture(session, f"{name}-{width}")
    session = eye.open(f"/?p={posts['block']}")
    eye.check(
        "colours=dark" in str(asked(eye.browser, session, "document.querySelector('iframe')?.src")), "block: dark"
    )
    eye.check(asked(eye.browser, session, "document.querySelector('iframe')?.height === '700'"), "block: its height")
    session = eye.open(f"/?p={posts['foreign']}")
    eye.check(asked(eye.browser, session, "!document.querySelector('iframe')"), "foreign: no frame of another host")
    session = eye.open(f"/?p={posts['component']}")
    drawn = "document.querySelector('carreau-viewer')?.shadowRoot?.querySelector('img, canvas, model-viewer') !== null"
    eye.check(
        eye.wait(session, f"!!document.querySelector('carreau-viewer')?.shadowRoot && {drawn}"), "component: drawn"
    )
    eye.check(
        asked(eye.browser, session, "document.querySelector('carreau-viewer').getBoundingClientRect().height > 200"),
        "component: it has a height beside the styles of the theme",
    )
    asked(eye.browser, session, "document.querySelector('carreau-viewer').scrollIntoView({block: 'center'})")
    time.sleep(3)
    eye.picture(session, "component-1280")
    eye.check(not eye.hosts(), f"visitors' browsers ask no other host {sorted(eye.hosts())[:3] or ''}")


def look_at_the_editor(eye: Look, posts: dict[str, int]) -> None:
    """Log in; look at the settings, and at the block in the editor."""
    session = eye.open("/wp-login.php")
    for field, text in (("user_login", "admin"), ("user_pass", "trial")):
        write(eye.browser, session, f"document.getElementById('{field}')", text)
    press(eye.browser, session, "document.getElementById('wp-submit')")
    eye.check(eye.wait(session, "!!document.getElementById('wpadminbar')"), "editor: logged in")
    eye.go(session, "/wp-admin/options-general.php?page=carreau")
    eye.check(
        asked(eye.browser, session, "document.getElementById('carreau')?.value") == eye.ours, "settings: the address"
    )
    french = "document.querySelector('label[for=carreau]')?.textContent === 'Adresse de votre serveur'"
    eye.check(asked(eye.browser, session, french), "settings: in the language of the user, French")
    eye.picture(session, "settings")
    eye.go(session, f"/wp-admin/post.php?post={posts['block']}&action=edit")
    within = "(document.querySelector('iframe[name=editor-canvas]')?.contentDocument ?? document)"
    block = f"{within}.querySelector('[data-type=\"carreau/place\"]')"
    eye.check(eye.wait(session, f"!!{block}"), "editor: the block is there")
    preview = f"{block}?.querySelector('iframe')?.src"
    eye.check(eye.ours in str(eye.wait(session, preview)), "editor: the block has a preview")
    welcome = "document.querySelector('[aria-label=Close]')"
    if asked(eye.browser, session, f"!!{welcome}"):
        press(eye.browser, session, welcome)
    asked(eye.browser, session, f"{block}?.querySelector('iframe')?.scrollIntoView({{block: 'center'}})")
    time.sleep(5)
    eye.picture(session, "editor")
    # What the editor asks when an address is pasted.
    path = f"/oembed/1.0/proxy?url={quote(f'{eye.ours}/fr/sites/demonstration', safe='')}"
    keep = "(found) => (window.pasted = found.html ?? found.message ?? 'nothing')"
    asked(eye.browser, session, f"wp.apiFetch({{path: {json.dumps(path)}}}).then({keep}, {keep}), true")
    eye.check(
        f"{eye.ours}/embed/" in str(eye.wait(session, "window.pasted")), "editor: a pasted address becomes a frame"
    )
    invalid = f"{within}.querySelector('.block-editor-warning') === null"
    eye.check(asked(eye.browser, session, invalid), "editor: the block is valid")


def trial(bundle: Path, pictures: Path) -> list[str]:
    """Make the trial; return what is wrong."""
    if not (bundle / "manifest.json").is_file():
        raise TrialError(f"{bundle} has no manifest.json; make a bundle with `make build`")
    pictures.mkdir(parents=True, exist_ok=True)
    ports = free_port(), free_port()
    ours, host = (f"http://127.0.0.1:{port}" for port in ports)
    with tempfile.TemporaryDirectory(prefix="carreau-wordpress-") as name, ExitStack() as stack:
        folder = Path(name)
        words = ["--port", str(ports[0]), "--base-url", ours, "--no-access-log", str(bundle)]
        serve = [sys.executable, "-m", "carreau_server", *words]
        stack.enter_context(running(serve, folder / "carreau.log", _listens(ports[0]), cwd=PROJECT))
        copy = wordpress(folder, stack.enter_context(database(folder)))
        values = os.environ | {
            "CARREAU_PORT": str(ports[0]), "CARREAU_ASKED": str(folder / "asked"), "PHP_CLI_SERVER_WORKERS": "6",
        }  # fmt: skip
        installed = subprocess.run(
            ["php", str(HERE / "install.php"), str(copy), ours, host],
            capture_output=True, text=True, check=False, timeout=180, env=values,
        )  # fmt: skip
        try:
            posts = json.loads(installed.stdout[installed.stdout.rindex("{") :])
        except ValueError:
            reason = (installed.stderr or installed.stdout).strip()[-300:]
            raise TrialError(f"WordPress was not installed: {reason}") from None
        php = ["php", "-d", "memory_limit=512M", "-S", f"127.0.0.1:{ports[1]}", "-t", str(copy)]
        stack.enter_context(running(php, folder / "php.log", _listens(ports[1]), env=values))
        program = _program("chromium") or _program("google-chrome") or ""
        browser = Browser(program, folder / "profile")
        stack.callback(browser.close)
        eye = Look(browser, host, ours, pictures)
        print(f"== WordPress at {host}, Carreau at {ours}", flush=True)
        errors = syntax_errors()
        eye.check(not errors, f"PHP reads every file of the plug-in {errors or ''}")
        look(eye, posts)
        look_at_the_editor(eye, posts)
        log = folder / "debug.log"
        complaints = (
            [line for line in log.read_text("utf-8", "replace").splitlines() if "plugins/carreau" in line]
            if log.is_file()
            else []
        )
        eye.check(not complaints, f"PHP says nothing of the plug-in {complaints[:2] or ''}")
        return eye.wrong


def main() -> int:
    """Make the trial from the command line; 0 if nothing is wrong, 1 if something is, 2 where it cannot be made."""
    parser = argparse.ArgumentParser(description="Try the plug-in for WordPress in a real one.")
    parser.add_argument("--bundle", type=Path, default=PROJECT / "bundle", help="bundle with the demonstration place")
    parser.add_argument(
        "--pictures", type=Path, default=PROJECT / "build" / "wordpress", help="folder for the pictures"
    )
    chosen = parser.parse_args()
    # Whoever ends the trial early has everything removed all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        install()
        wrong = trial(chosen.bundle, chosen.pictures)
    except AssertionError as error:  # of the browser
        print(f"the trial of WordPress was not finished: {error}; try again when the machine is idle", file=sys.stderr)
        return 2
    except (TrialError, subprocess.SubprocessError, OSError) as error:
        print(f"the trial of WordPress cannot be made: {error}", file=sys.stderr)
        return 2
    print(
        f"== {len(wrong)} wrong; pictures in {chosen.pictures}" if wrong else f"== All is well; see {chosen.pictures}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
