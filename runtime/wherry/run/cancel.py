"""`agno.run.cancel`: the very module that cancels runs, so that a manager set here is the one in use."""

import sys

from wherry.core import cancel

sys.modules[__name__] = cancel
