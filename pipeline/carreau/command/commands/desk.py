"""The curator's desk."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from carreau.command.commands.output import LANGUAGE
from carreau.command.commands.publishing import desk_options
from carreau.runs.cache.cache import open_cache


def desk(chosen: argparse.Namespace) -> int:
    """Serve the desk until Ctrl-C, or add a person of its team."""
    from carreau.desk.web.publishing import Publishing
    from carreau.desk.web.run import TeamOptions, run

    if chosen.add_user:
        return _add_user(chosen)
    team = TeamOptions(chosen.users, chosen.behind, chosen.translator)
    options, has_address = desk_options(chosen)
    publishing = Publishing(options, open_cache(chosen.cache), has_address, chosen.review)
    run(chosen.assets, chosen.port, not chosen.no_browser, LANGUAGE.get(), team, publishing)
    return 0


def _add_user(chosen: argparse.Namespace) -> int:
    """Add a person, or change hers; the password is asked for, or read from a pipe."""
    from carreau.base.errors import OptionError
    from carreau.base.messages import message
    from carreau.desk.accounts import add_account

    if chosen.users is None:
        raise OptionError(message("--add-user needs --users: the file that the person is added to"))
    person = {"login": chosen.add_user, "name": chosen.name, "email": chosen.email, "role": chosen.role}
    if sys.stdin.isatty():
        password = getpass()
        if getpass() != password:
            raise OptionError(message("the two passwords differ"))
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    add_account(chosen.users, person, password)
    print(chosen.users)
    return 0
