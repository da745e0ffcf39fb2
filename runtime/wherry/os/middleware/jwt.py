"""`agno.os.middleware.jwt`."""

from wherry.api.jwt_gate import TokenSource
from wherry.api.jwt_middleware import JWTMiddleware
from wherry.api.jwt_tokens import JWTValidator
from wherry.core.matrix import module_getattr

__all__ = ["JWTMiddleware", "JWTValidator", "TokenSource"]

__getattr__ = module_getattr(__name__, "agno.os.middleware.jwt")
