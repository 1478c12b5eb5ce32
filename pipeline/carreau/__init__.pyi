# What `__getattr__` of the package returns, for type checkers.
from pipeline.api import *  # noqa: F403
from pipeline.api import __all__ as __all__

__version__: str
