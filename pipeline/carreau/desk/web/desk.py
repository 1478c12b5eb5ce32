"""What the pages of the desk work on: the catalogue, its history, and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from carreau.catalogue.i18n.machine import TranslationService
from carreau.desk.accounts import Account, Accounts, Backoff
from carreau.desk.entry_checks import CatalogueAround
from carreau.desk.filing import latest_model
from carreau.desk.history import Editor, History
from carreau.desk.summaries import Summaries
from carreau.desk.text_lists import TextLists
from carreau.desk.web.publishing import Publishing
from carreau.desk.web.sessions import Session, Sessions

MODELS = Path("build/models")
"""Where `carreau build` writes the models."""


@dataclass(frozen=True)
class Team:
    """The people of a desk, and how often somebody has guessed."""

    accounts: Accounts
    backoff: Backoff = field(default_factory=Backoff)

    def sign_in(self, login: str, password: str, address: str) -> tuple[Account | None, float]:
        """Return the account, None for a wrong name or password; and how many seconds to wait before the next try."""
        by_login, by_address = f"login {login.strip().lower()[:100]}", f"address {address}"
        wait = self.backoff.begin({by_login: FREE_OF_LOGIN, by_address: FREE_OF_ADDRESS})
        if wait > 0:
            return None, wait
        account = self.accounts.verified(login, password)
        if account is not None:
            self.backoff.succeeded(by_login, by_address)
        return account, 0.0


@dataclass(frozen=True)
class Desk:
    """A desk over the catalogue of a folder.

    port : it listens on
    editor : who saves; where there is a team, the person of the request (see `carreau.desk.web.requests.desk_of`)
    language : code, of a browser that is not signed in, and of a new session
    team : who may sign in, None for the one person of this machine
    public : origin that it has behind a server with HTTPS, empty on this machine alone
    service : for drafts of translations, None for none
    publishing : the bundle, None for a desk that only edits
    models : folder of the built models, with SITE/STATE/
    """

    root: Path
    locales: Path
    port: int
    history: History
    editor: Editor
    summaries: Summaries
    around: CatalogueAround
    sessions: Sessions
    language: str
    texts: TextLists
    team: Team | None = None
    public: str = ""
    service: TranslationService | None = None
    publishing: Publishing | None = None
    models: Path = MODELS

    @property
    def address(self) -> str:
        """Return the address of its first page."""
        return f"{self.public}/" if self.public else f"http://127.0.0.1:{self.port}/"

    def model_of(self, slug: str, state: str) -> Path | None:
        """Return the model of a state that was built last, None where there is none."""
        folders = (self.models, self.publishing.trial_models) if self.publishing else (self.models,)
        return latest_model(folders, slug, state)

    @property
    def cookie(self) -> str:
        """Return the name of its cookie; browsers send cookies to all ports of a machine."""
        return "__Host-carreau-desk" if self.public else f"carreau-desk-{self.port}"

    def session_of(self, cookie: str) -> Session | None:
        """Return the session of a cookie; that of a person ends when she leaves the team, or her password changes."""
        session = self.sessions.of(cookie)
        if session is None or self.team is None:
            return session
        account = self.team.accounts.of(session.login)
        if account is None or account.password != session.secret:
            return None
        session.role, session.editor = account.role, account.editor
        return session


FREE_OF_LOGIN, FREE_OF_ADDRESS = 5, 20
"""Failures that cost nothing: of one name, and of one address, behind which a whole office may be."""
