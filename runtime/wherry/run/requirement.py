"""Public path of `wherry.core.pause`; mirrors `agno.run.requirement`."""

from wherry.core.model_response import ToolExecution
from wherry.core.pause import PauseType, RunRequirement, UserFeedbackQuestion, UserInputField

__all__ = ["PauseType", "RunRequirement", "ToolExecution", "UserFeedbackQuestion", "UserInputField"]
