"""`agno.utils.http`: closing the connections of the models. Agno's client objects are not there: none is needed."""

from wherry.core.matrix import module_getattr
from wherry.wires.transport import aclose, close

__all__ = ["aclose_default_clients", "close_sync_client"]

# Tests written for Agno reset this name between event loops; Wherry's connections belong to their loop anyway.
_global_async_client = None


def close_sync_client() -> None:
    """Close the connections of blocking runs."""
    close()


async def aclose_default_clients() -> None:
    """Close all connections."""
    close()
    await aclose()


__getattr__ = module_getattr(__name__, "agno.utils.http")
