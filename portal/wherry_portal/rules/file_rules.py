"""Which rule reads which kind of file that is no code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry_portal.rules.locks import check_lock
from wherry_portal.rules.packaging import (
    check_constraints,
    check_dockerfile,
    check_environment,
    check_listing,
    check_requirements,
)
from wherry_portal.rules.pyproject import check_pyproject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.text import Text
    from wherry_portal.rules.packaging import Needs

FILE_RULES: dict[str, Callable[[str, Text, Needs], Iterator[Finding]]] = {
    "requirements": check_requirements,
    "constraints": check_constraints,
    "pyproject": check_pyproject,
    "listing": check_listing,
    "dockerfile": check_dockerfile,
    "environment": check_environment,
    "pipeline": check_environment,
    "lock": check_lock,
}
