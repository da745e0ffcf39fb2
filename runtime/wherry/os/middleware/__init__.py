"""`agno.os.middleware`: JWTs; the rest of authorization is rows of the matrix."""

from wherry.api.jwt_gate import TokenSource
from wherry.api.jwt_middleware import JWTMiddleware
from wherry.core.matrix import module_getattr

__all__ = ["JWTMiddleware", "TokenSource"]

__getattr__ = module_getattr(__name__, "agno.os.middleware")
