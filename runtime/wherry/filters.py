"""Public path of `wherry.core.filters`; mirrors `agno.filters`."""

from wherry.core.filters import *  # noqa: F403 - the list of names is kept in one place
from wherry.core.filters import __all__ as __all__
