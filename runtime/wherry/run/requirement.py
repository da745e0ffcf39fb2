"""Public path of `wherry.core.pause`; mirrors `agno.run.requirement`."""

from wherry.core.matrix import module_getattr
from wherry.core.model_response import ToolExecution
from wherry.core.pause import PauseType, RunRequirement, UserFeedbackQuestion, UserInputField

__all__ = ["PauseType", "RunRequirement", "ToolExecution", "UserFeedbackQuestion", "UserInputField"]

__getattr__ = module_getattr(__name__, "agno.run.requirement")
