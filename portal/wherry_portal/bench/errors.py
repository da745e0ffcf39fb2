"""What goes wrong in a benchmark."""

from __future__ import annotations

from wherry.core.errors import WherryError


class BenchError(WherryError):
    """A scenario could not be measured."""

    code = "bench"
