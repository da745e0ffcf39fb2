"""Lock files: which release of Agno is really installed, and that the lock has to be made anew. Nothing is edited.

For example::

    [[package]] name = "agno", version = "2.9.0"       uv.lock, poetry.lock, pdm.lock
    "agno": {"version": "==2.9.0"}                     Pipfile.lock
    agno==2.9.0 --hash=sha256:…                        requirements.lock
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wherry_portal.rules.packaging import PackagingFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wherry_portal.assess.finding import Finding
    from wherry_portal.assess.text import Text
    from wherry_portal.rules.packaging import Needs

_NAME = r"(?P<name>agno|phidata)"
_PINS = (
    re.compile(rf"^name = \"{_NAME}\"\r?\nversion = \"(?P<version>[^\"]+)\"", re.MULTILINE),
    re.compile(rf"^version = \"(?P<version>[^\"]+)\"\r?\nname = \"{_NAME}\"", re.MULTILINE),
    re.compile(rf"\"{_NAME}\": \{{[^{{}}]*?\"version\": \"==(?P<version>[^\"]+)\"", re.DOTALL),
    re.compile(rf"^{_NAME}(?:\[[\w\s,.-]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE),
)
_MAKERS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
}
_WHERRY = re.compile(r"^(?:name = )?\"?wherry\b", re.MULTILINE)


def check_lock(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """See the module."""
    file = PackagingFile(name, text)
    maker = _MAKERS.get(name.rpartition("/")[2])
    todo = f"Make the lock anew{f' with `{maker}`' if maker else ''} once the requirement is {needs.requirement}."
    if needs.agno and _WHERRY.search(text.text):
        return  # both belong there
    for pin in _PINS:
        for match in pin.finditer(text.text):
            what = f"locks {match['name']} {match['version']}"
            file.say(match.start("name"), match.end("name"), "agno", what, todo, minutes=2)
    yield from file.findings
