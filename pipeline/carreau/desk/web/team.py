"""Sign in to the desk of a team: with a name and a password, slowly for those who guess."""

from __future__ import annotations

from dataclasses import dataclass, field

from carreau.desk.accounts import Account, Accounts
from carreau.desk.backoff import Backoff

FREE_OF_LOGIN, FREE_OF_ADDRESS = 5, 20
"""Failures that cost nothing: of one name, and of one address, behind which a whole office may be."""


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
