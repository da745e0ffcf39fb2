"""Which extra brings which module, so that a missing one is a line that says what to install and not a traceback.

A test holds the table against the extras in the package's metadata.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EXTRA_OF: Mapping[str, str] = MappingProxyType(
    {
        "agno": "parity",
        "aiosqlite": "parity",
        "anthropic": "parity",
        "asyncpg": "parity",
        "cel": "cel",
        "cyclopts": "portal",
        "ddgs": "search",
        "docx": "office",
        "fastapi": "parity",
        "griffe": "portal",
        "jinja2": "portal",
        "jsonschema": "portal",
        "jwt": "jwt",
        "libcst": "portal",
        "mcp": "mcp",
        "mkdocs": "docs",
        "openai": "parity",
        "openpyxl": "office",
        "opentelemetry": "otel",
        "pgvector": "postgres",
        "psutil": "parity",
        "psycopg": "postgres",
        "psycopg_pool": "postgres",
        "pypdf": "knowledge",
        "python_multipart": "api",
        "redis": "redis",
        "ruamel": "portal",
        "sqlalchemy": "parity",
        "sqlite_vec": "knowledge",
        "starlette": "api",
        "uvicorn": "api",
        "yaml": "portal",
    }
)
"""Top-level module to extra."""


def missing_extra(error: ImportError) -> str | None:
    """What to install after an import failed, in one line.

    Args:
        error: The failed import; its causes are looked at too.

    Returns:
        The line, or None when the module belongs to no extra.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ModuleNotFoundError) and cause.name:
            module = cause.name.partition(".")[0]
            if module in EXTRA_OF:
                extra = EXTRA_OF[module]
                return f"This command needs {module!r}, which comes with an extra: pip install 'wherry[{extra}]'"
        cause = cause.__cause__
    return None
