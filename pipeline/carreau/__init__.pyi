# What `__getattr__` of the package returns, for type checkers.
from carreau.command.api import *  # noqa: F403
from carreau.command.api import __all__ as __all__

__version__: str
