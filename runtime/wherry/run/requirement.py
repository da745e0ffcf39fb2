"""Public path of `wherry.core.events.pause`; mirrors `agno.run.requirement`."""

from wherry.core.events.model_response import ToolExecution
from wherry.core.events.pause import PauseType, RunRequirement
from wherry.core.events.user_input import UserFeedbackQuestion, UserInputField
from wherry.core.matrix import module_getattr

__all__ = ["PauseType", "RunRequirement", "ToolExecution", "UserFeedbackQuestion", "UserInputField"]

__getattr__ = module_getattr(__name__, "agno.run.requirement")
