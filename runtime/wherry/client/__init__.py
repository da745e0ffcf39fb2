"""`agno.client`: the client of an AgentOS server, Wherry's or Agno's."""

from wherry.client.os import AgentOSClient
from wherry.core.matrix import module_getattr

__all__ = ["AgentOSClient"]

__getattr__ = module_getattr(__name__, "agno.client")
