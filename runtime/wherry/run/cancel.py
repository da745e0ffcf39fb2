"""`agno.run.cancel`: the very module that cancels runs, so that a manager set here is the one in use."""

import sys

from wherry.core import cancel
from wherry.core.matrix import module_getattr

sys.modules[__name__] = cancel

__getattr__ = module_getattr(__name__, "agno.run.cancel")
