"""The publisher's contact, which the pages of places without a model invite to, and which security.txt names."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.command.cli import main
from carreau_server.app import create_app
from carreau_server.settings import Settings
from tests.pipeline.site.publish.editions import edition
from tests.server.asking import of_app

AT = ("--base-url", "https://mine.example")


def published(folder: Path, contact: str) -> tuple[int, str]:
    """Publish, and return the code and all pages."""
    edition(folder)
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    code = main(["publish", "--assets", str(folder / "assets"), *places, "--quiet", *AT, "--contact", contact])
    return code, "".join(path.read_text("utf-8") for path in (folder / "bundle").rglob("*.html"))


@pytest.mark.parametrize(
    ("contact", "link", "named"),
    [
        ("musee@example.org", 'href="mailto:musee@example.org?subject=', "Contact: mailto:musee@example.org\n"),
        ("https://example.org/contact", 'href="https://example.org/contact"', "Contact: https://example.org/contact\n"),
        ("", "", ""),
    ],
)
def test_pages_ask_for_photographs_where_there_is_a_contact(
    tmp_path: Path, contact: str, link: str, named: str
) -> None:
    code, pages = published(tmp_path, contact)
    assert code == 0
    assert ('class="place-invitation' in pages) == bool(contact)
    assert link in pages
    reply = of_app(create_app(Settings(tmp_path / "bundle")))("/.well-known/security.txt")
    assert reply.status == (200 if contact else 404)
    assert named in reply.text


@pytest.mark.parametrize("contact", ["musee", "javascript:alert(1)", "file:///etc/passwd", "a b@example.org"])
def test_what_is_no_contact_is_refused(tmp_path: Path, contact: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, pages = published(tmp_path, contact)
    assert (code, pages) == (2, "")
    assert capsys.readouterr().err == (
        f"carreau: --contact {contact} is neither a mail address nor a web page; give one such as musee@example.org "
        "or https://example.org/contact\n"
    )
