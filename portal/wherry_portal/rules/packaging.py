"""What a migrated project installs: requirements files, pyproject.toml, Dockerfiles, environment files, notebook lines.

Before on the left, after on the right::

    agno[openai,postgres]==2.9.0                       wherry[postgres]>=0.1,<0.2
    RUN pip install agno                               RUN pip install "wherry>=0.1,<0.2"
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wherry_portal.assess.finding import Edit, Finding, Span, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wherry_portal.assess.finding import Level
    from wherry_portal.assess.judged import FileResult
    from wherry_portal.assess.text import Text

RULE = "packaging"
PAGE = "guide/migrate/"
UNREAD = "Nothing reads it any more."
RELEASE = ">=0.1,<0.2"

_EXTRAS_OF_ROWS: tuple[tuple[str, str], ...] = (
    ("storage.postgres", "postgres"),
    ("storage.redis", "redis"),
    ("storage.valkey", "redis"),
    ("agent.cancellation-redis", "redis"),
    ("knowledge.pgvector", "postgres"),
    ("knowledge.core", "knowledge"),
    ("knowledge.reader-docx", "office"),
    ("knowledge.reader-excel", "office"),
    ("os.", "api"),
    ("os.jwt", "jwt"),
    ("tool.mcp", "mcp"),
    ("context.provider-mcp", "mcp"),
    ("toolkit.websearch", "search"),
    ("toolkit.duckduckgo", "search"),
    ("workflow.cel", "cel"),
    ("agent.skills", "skills"),
)
_EXTRAS_OF_AGNO = {
    "async-postgres": "postgres",
    "cel": "cel",
    "ddg": "search",
    "docx": "office",
    "excel": "office",
    "knowledge": "knowledge",
    "mcp": "mcp",
    "os": "api",
    "pdf": "knowledge",
    "pgvector": "postgres",
    "postgres": "postgres",
    "psycopg": "postgres",
    "redis": "redis",
    "valkey": "redis",
    "website": "knowledge",
}
"""What a requirement itself asks for: the code that needs it may not be seen, or be another's."""
_RANGE = r"[=<>!~^]=?[ \t]*[^\s;#,'\"]+"
SPEC = rf"(?:agno|phidata)(?P<extras>\[[\w\s,.-]*\])?(?P<version>[ \t]*(?:{_RANGE}(?:[ \t]*,[ \t]*{_RANGE})*)?)"
_REQUIREMENT = re.compile(
    rf"^(?P<indent>[ \t]*)(?P<spec>{SPEC})(?P<marker>[ \t]*;[^#\n\r]*?)?(?=[ \t]*(?P<comment>#[^\r\n]*)?\r?$)",
    re.MULTILINE,
)
_INSTALL = re.compile(
    r"(?:pip3?\s+install|(?:uv|poetry|pdm|rye)\s+add|uv\s+run)\b(?:[^\n\\&;|#]|\\\r?\n|\\[^\r\n])*?"
    rf"(?P<word>(?<![\w./-])(?P<quote>['\"]?)(?P<spec>{SPEC})(?P=quote))(?![\w./-])"
)
_MENTION = re.compile(r"^[ \t]*(?:- *)*['\"]?(?P<spec>(?:agno|phidata)(?![\w./-])[^\n\r#'\"]*)", re.MULTILINE)
_IMAGE = re.compile(r"^\s*(?:FROM|image:)\s+['\"]?(?P<image>agnohq/(?!pgvector\b)\S+?)['\"]?\s*$", re.MULTILINE)
_VARIABLE = re.compile(r"\b(?P<name>AGNO_[A-Z0-9_]+)\b")


@dataclass(frozen=True, slots=True)
class Needs:
    """What the code base has to install after the migration.

    Attributes:
        extras: Extras of Wherry.
        agno: Whether Agno stays, for its leaves or for files that are blocked.
    """

    extras: tuple[str, ...] = ()
    agno: bool = False

    @property
    def requirement(self) -> str:
        """The requirement, as pip writes it."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"wherry{extras}{RELEASE}"

    def asked_by(self, extras: str | None, elsewhere: tuple[str, ...] = ()) -> Needs:
        """The same, with what a requirement's own extras of Agno ask for, such as ``[os,openai]``.

        Args:
            extras: As the requirement has them.
            elsewhere: Extras of Wherry that another requirement names for every installation.
        """
        own = {_EXTRAS_OF_AGNO.get(name.lower(), "") for name in re.findall(r"[\w.-]+", extras or "")} - {""}
        return Needs(tuple(sorted({*self.extras, *(own - {*elsewhere})})), self.agno)

    @property
    def bare(self) -> Needs:
        """The same without extras: for what is installed beside a requirement that has them, and for constraints."""
        return Needs((), self.agno)


def needs_of(files: Iterable[FileResult]) -> Needs:
    """What the judged files need."""
    extras: set[str] = set()
    agno = False
    for file in files:
        agno = agno or file.blocked
        for finding in file.findings:
            agno = agno or (finding.rule == "import" and finding.verdict == "limited" and not finding.edits)
            extras |= {extra for row, extra in _EXTRAS_OF_ROWS if finding.feature.startswith(row)}
    return Needs(tuple(sorted(extras)), agno)


@dataclass(slots=True)
class PackagingFile:
    """One file and the findings made of it."""

    name: str
    text: Text
    findings: list[Finding] = field(default_factory=list)

    def say(
        self,
        start: int,
        end: int,
        symbol: str,
        what: str,
        todo: str,
        *,
        level: Level = "warning",
        verdict: Verdict = "available",
        edits: tuple[Edit, ...] = (),
        feature: str = "",
        minutes: int = 5,
        why: str = "What is installed has to follow what is imported.",
    ) -> None:
        """Add a finding about characters `start` to `end`."""
        span = self._span(start, end)
        self.findings.append(
            Finding(
                rule=RULE,
                file=self.name,
                span=span,
                symbol=symbol,
                verdict=verdict,
                level="note" if edits else level,
                what=what,
                todo=todo,
                feature=feature,
                why=why,
                page=PAGE,
                minutes=0 if edits else minutes,
                edits=edits,
            )
        )

    def _span(self, start: int, end: int) -> Span:
        return self.text.span(self.byte(start), self.byte(end))

    def byte(self, at: int) -> int:
        """Byte offset of a character offset."""
        return len(self.text.text[:at].encode())

    def edit(self, start: int, end: int, new: str) -> Edit:
        """Replace characters."""
        return Edit(self.byte(start), self.byte(end), new)


def check_requirements(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """Requirements files: the line of Agno becomes one of Wherry, or gets it beside it when Agno has to stay."""
    file = PackagingFile(name, text)
    has_wherry = re.search(r"^\s*wherry\b", text.text, re.MULTILINE) is not None
    for match in _REQUIREMENT.finditer(text.text):
        marker = match["marker"] or ""
        new = f"{needs.asked_by(match['extras']).requirement}{marker}"
        if needs.agno:
            edits = (
                ()
                if has_wherry
                else (file.edit(_end(text, match), _end(text, match), f"{text.newline}{match['indent']}{new}"),)
            )
            todo = f"Keep it for what stays Agno's, and add {new}."
        else:
            edits = () if has_wherry else (file.edit(match.start("spec"), match.end(), new),)
            todo = f"Replace it by {new}."
        if edits or not needs.agno:
            file.say(match.start("spec"), match.end(), "agno", f"requires {match['spec'].strip()}", todo, edits=edits)
    read = {match.start("spec") for match in _REQUIREMENT.finditer(text.text)}
    yield from file.findings
    yield from _by_hand(PackagingFile(name, text), needs, read)


def check_constraints(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """Constraints files: as requirements, without extras, which pip refuses there."""
    yield from check_requirements(name, text, needs.bare)


def check_listing(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """Pipfile, setup.cfg, conda's environment.yml: a line that names Agno is reported, and changed by a person."""
    yield from _by_hand(PackagingFile(name, text), needs, set())


def _by_hand(file: PackagingFile, needs: Needs, read: set[int]) -> Iterator[Finding]:
    """Lines that require Agno in another way than is read here: with hashes, from an address, in another format."""
    if re.search(r"^[\s'\"-]*wherry\b", file.text.text, re.MULTILINE):
        return
    for match in _MENTION.finditer(file.text.text):
        if match.start("spec") not in read:
            todo = f"{'Add' if needs.agno else 'Put in its place:'} {needs.requirement}"
            spec = match["spec"].rstrip(" \t\\")
            file.say(match.start("spec"), match.start("spec") + len(spec), "agno", f"requires {spec}", f"{todo}.")
    yield from file.findings


def _end(text: Text, match: re.Match[str]) -> int:
    """Where the line of a requirement ends, its comment included."""
    return match.end("comment") if match["comment"] else match.end()


def check_install_lines(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """Lines that install packages, in Dockerfiles and in notebooks; base images of Agno; environment variables."""
    file = PackagingFile(name, text)
    for match in _INSTALL.finditer(text.text):
        quote = match["quote"] or _free_quote(text.text, match.start("word"))
        new = f"{quote}{needs.asked_by(match['extras']).requirement}{quote}"
        spec = match["spec"].strip()
        start = match.start("word")
        end = start + len(match["word"].rstrip())
        has_wherry = "wherry" in text.text[match.start() : text.text.find("\n", match.end())]
        place = (end, end, f" {new}") if needs.agno else (start, end, new)
        edits = () if has_wherry or not quote else (file.edit(*place),)
        if edits or not needs.agno or not quote:
            file.say(start, end, "agno", f"installs {spec}", f"Install {new}.", edits=edits)
    for match in _IMAGE.finditer(text.text):
        todo = "Start from a python image and install Wherry."
        file.say(
            match.start("image"), match.end("image"), match["image"], f"starts from {match['image']}", todo, minutes=20
        )
    yield from file.findings


def _free_quote(text: str, at: int) -> str:
    """A quote that a requirement may stand in, also in a text of the line that is quoted itself; "" when none is."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    free = [quote for quote in ('"', "'") if line.count(quote) % 2 == 0]
    if len(free) == 2 and line.rfind("[") > line.rfind("]"):
        return ""
    return free[0] if free else ""


def check_notebook(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """Notebooks: lines that install, and variables set by magics; those that code sets are the code's."""
    yield from check_install_lines(name, text, needs)
    for finding in check_variables(name, text):
        if text.line_text(finding.span.line).lstrip().startswith(("%", "!")):
            yield finding


def check_variables(name: str, text: Text) -> Iterator[Finding]:
    """Variables that Agno reads, wherever they stand."""
    from wherry_portal.assess.judge import default_judge

    file = PackagingFile(name, text)
    for match in _VARIABLE.finditer(text.text):
        if _says_nothing(text.text, match):
            continue
        judgement = default_judge().judge(f"env:{match['name']}")
        gone = default_judge().successors.variables.get(match["name"])
        if gone:
            variable = match["name"]
            file.say(
                match.start(),
                match.end(),
                f"env:{variable}",
                f"sets {variable}",
                gone,
                verdict="removed",
                minutes=2,
                why=UNREAD,
            )
        elif judgement.row is not None:
            file.say(
                match.start(),
                match.end(),
                f"env:{match['name']}",
                f"sets {match['name']}",
                "Nothing." if judgement.verdict == "available" else judgement.todo,
                why=judgement.why,
                level="note" if judgement.verdict == "available" else "warning",
                verdict=judgement.verdict,
                feature=judgement.row.id,
                minutes=0 if judgement.verdict == "available" else 2,
            )
    yield from file.findings


def _says_nothing(text: str, match: re.Match[str]) -> bool:
    """Whether a variable stands in a comment, or has been named on its line already: ``NAME: ${NAME}``."""
    before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
    return before.lstrip().startswith("#") or match["name"] in _VARIABLE.findall(before)


def check_environment(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """Environment and compose files, and what builds and tests: variables, and lines that install."""
    yield from check_variables(name, text)
    yield from check_install_lines(name, text, needs)


def check_dockerfile(name: str, text: Text, needs: Needs) -> Iterator[Finding]:
    """Dockerfiles: base image, installed packages, variables."""
    yield from check_environment(name, text, needs)
