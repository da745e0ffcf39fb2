"""Whether a model of MoonShot thinks by itself; public path of `agno.reasoning.moonshot`."""

from wherry.core.agent.reasoning_checks import is_moonshot_reasoning_model
from wherry.core.matrix import module_getattr

__all__ = ["is_moonshot_reasoning_model"]

__getattr__ = module_getattr(__name__, "agno.reasoning.moonshot")
