"""`agno.team.task`: the shared list of a team in tasks mode."""

from wherry.core.matrix import module_getattr
from wherry.core.team.task_list import (
    DEPENDENCY_SATISFIED_STATUSES,
    TASK_LIST_KEY,
    TERMINAL_STATUSES,
    Task,
    TaskList,
    TaskStatus,
    load_task_list,
    save_task_list,
)

__all__ = [
    "DEPENDENCY_SATISFIED_STATUSES",
    "TASK_LIST_KEY",
    "TERMINAL_STATUSES",
    "Task",
    "TaskList",
    "TaskStatus",
    "load_task_list",
    "save_task_list",
]

__getattr__ = module_getattr(__name__, "agno.team.task")
