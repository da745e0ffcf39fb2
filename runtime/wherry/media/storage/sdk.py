"""The services' own packages, which no extra of Wherry brings: named when they are missing. Called by S3 and GCS."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from wherry.core.errors import MissingPackage


class MissingSDK(MissingPackage):
    """The package of a service is not installed (an ImportError).

    Args:
        what: What cannot be done without it: ``"S3MediaStorage"``.
        package: Name by which pip installs it.
    """

    def __init__(self, what: str, package: str, extra: str = "") -> None:
        super().__init__(what, package, extra)
        self.hint = f"Run: pip install {package}"


def sdk(module: str, package: str, what: str) -> Any:
    """A module of a service's package.

    Args:
        module: Its path.
        package: Name by which pip installs it.
        what: What needs it.

    Raises:
        MissingSDK: It is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingSDK(what, package) from error
