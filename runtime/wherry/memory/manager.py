"""`agno.memory.manager`: the very module that keeps memories."""

import sys

from wherry.core.memory import memory_manager

sys.modules[__name__] = memory_manager
