"""The base of readers. Mirrors `agno.knowledge.reader.base`."""

from wherry.core.matrix import module_getattr
from wherry.corpus.reader import Reader, package_is_importable

__all__ = ["Reader", "package_is_importable"]

__getattr__ = module_getattr(__name__, "agno.knowledge.reader.base")
