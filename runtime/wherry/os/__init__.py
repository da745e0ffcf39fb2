"""`agno.os`: the same server for code written for Agno's AgentOS; its other parts are rows of the matrix."""

from wherry.api.os import AgentOS
from wherry.core.matrix import module_getattr

__all__ = ["AgentOS", "CORSConfig"]

_refuse = module_getattr(__name__, "agno.os")


def __getattr__(name: str) -> object:
    if name == "CORSConfig":  # Pydantic is imported when somebody asks for it
        from wherry.api.os_settings import CORSConfig

        return CORSConfig
    return _refuse(name)
