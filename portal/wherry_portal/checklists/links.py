"""Links under signatures: an http(s) address, or a file of the same repository that is there.

Called before a signature is written and again when the gate counts it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# The same pattern is in the schemas of pilot logs, sign-offs and alerts; a test holds them together.
PATTERN = r"^(https?://[^\s]+|\w[\w.-]*(/\w[\w.-]*)*\.[a-z]{2,5}(#[\w-]+)?)$"
_LINK = re.compile(PATTERN)


def dead_end(link: str, root: Path) -> str:
    """Why a link leads nowhere, or empty.

    Args:
        link: An address, or a path from the root such as ``pilots/evidence/core/ci.txt``.
        root: The repository's root. Addresses are not fetched: a gate must not depend on somebody's network.
    """
    if not _LINK.match(link):
        return f"link {link!r} leads nowhere, and there is no credit without one"
    if link.startswith(("http://", "https://")):
        return ""
    path = root / link.partition("#")[0]
    return "" if path.is_file() else f"link {link!r} leads to a file that is not there"
