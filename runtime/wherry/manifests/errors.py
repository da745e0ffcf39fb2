"""`ManifestError`, which names the place in a manifest that cannot be used. Raised by all modules of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.core.errors import WherryError

if TYPE_CHECKING:
    from pathlib import Path


class ManifestError(WherryError, ValueError):
    """A manifest that cannot be used.

    Attributes:
        where: Field path inside the manifest, for example `memory_policy.window_size`.
    """

    code = "manifest"

    def __init__(self, where: str, message: str, *, hint: str = "", source: str = "") -> None:
        self.where, self.what, self.source = where, message, source
        place = f"{source}: " if source else ""
        super().__init__(f"{place}{where}: {message}" if where else f"{place}{message}", hint=hint)

    def of(self, source: str | Path) -> ManifestError:
        """The same complaint with the file that it is about."""
        return self if self.source else type(self)(self.where, self.what, hint=self.hint or "", source=str(source))
