"""Running one script on both runtimes: folders, migration, child processes, documents to compare.

The script's folder is copied for every run, so that what a run writes is its own and nothing of the user's is touched.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.testing import ReplayServer
from wherry_portal.assess.syntax import module_tree
from wherry_portal.parity.forks import kept
from wherry_portal.parity.intentional import SCRIPT
from wherry_portal.parity.normalise import normalise
from wherry_portal.parity.recording.record import database
from wherry_portal.parity.script import unasked
from wherry_portal.parity.script.alike import by_branch, compare_by_identity, in_order_of, requests_beside, rows_beside
from wherry_portal.parity.script.cassette import Cassette, Exchange, Player, conversation, likeness
from wherry_portal.parity.script.explained import explained
from wherry_portal.parity.script.moving import migrate, restore
from wherry_portal.parity.script.printed import printed
from wherry_portal.parity.script.refused import ScriptRefused
from wherry_portal.parity.script.running import Script, loaded, run
from wherry_portal.sources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wherry_portal.parity.compare import Comparison
    from wherry_portal.parity.forks import Forks
    from wherry_portal.parity.intentional import Expectations

PACKAGES = ("agno", "agno", "wherry")
"""The reference twice, then the candidate."""

MOST_BYTES = 200_000_000
_LEFT_OUT = shutil.ignore_patterns(
    ".git",
    ".venv",
    "venv",
    "env",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".tox",
    "*.pyc",
)
_OF_THE_TIME = re.compile(
    r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"  # first: one may begin as a number or a date does
    r"|\d{9,}|\d{4}-?\d\d-?\d\d[-_T]\d\d[-_]?\d\d([-_]?\d\d)?|(?<=tmp)[a-z0-9_]{8}\b"
)
"""UUIDs, seconds, dates with a time and what `tempfile` makes up."""
_SQLITE = b"SQLite format 3\x00"


@dataclass(slots=True)
class ScriptResult:
    """What came of it.

    Attributes:
        comparison: The judged comparison.
        documents: The normalised documents: Agno, Agno again, Wherry.
        notes: What a reader should know: requests answered in order, answers not asked for.
        unproven: Why it proves nothing, although nothing may differ; empty when it does.
        migrated: Files that are not the same on both runtimes -> digest of what they are on Wherry.
        ran: Files of the folder -> lines that the first run came to; None when it ran other files than are there now.
    """

    comparison: Comparison
    documents: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    unproven: str = ""
    migrated: Mapping[str, str] = field(default_factory=dict)
    ran: Mapping[str, list[int]] | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing unexplained was found, in answers to what was recorded."""
        return not self.comparison.differences and not self.unproven


def compare_script(
    script: Script, cassette: Cassette, expectations: Expectations, *, timed: bool = False
) -> ScriptResult:
    """Run a script twice on Agno as it is and once on Wherry, migrated, and compare.

    Raises:
        ScriptRefused: It could not be migrated, its folder is too big, or a run ended without a result.
    """
    refuse_big_folder(script.folder)
    players = [Player(cassette.exchanges, timed) for _ in range(3)]
    with kept(PACKAGES, loaded(script)) as forks, ThreadPoolExecutor(3) as pool:

        def side(package: str, player: Player) -> dict[str, Any]:
            return _side(script, package, player, cassette, lines=player is players[0], forks=forks.get(package))

        documents = list(pool.map(side, PACKAGES, players))
    refuse_silence(documents[0], cassette)
    told = (("Agno", players[0]), ("Wherry", players[2]))
    notes = [f"{side}: {line}" for side, player in told for line in unasked.notes(player)]
    served, moved = documents[0]["served"], {**documents[0]["moved"], **documents[2]["moved"]}
    ran = None if documents[0]["moved"] else documents[0]["ran"]
    for document in documents:
        del document["served"], document["moved"], document["ran"]
        document["stdout"] = printed(document["stdout"], expectations.spoken())
        asked = in_order_of(documents[0]["requests"], document["requests"], _conversation, _likeness)
        document["requests"] = asked
        document["events"] = [by_branch(events) for events in document["events"]]
    one, again, other = (normalise(document) for document in documents)
    paired = rows_beside((one, again, other))
    keys = [[_conversation(request) for request in document["requests"]] for document in documents]
    beside = requests_beside([document["requests"] for document in paired], keys)
    paired = [{**document, "requests": requests} for document, requests in zip(paired, beside, strict=True)]
    about = {**paired[0], "served": served}
    comparison = expectations.judge(compare_by_identity(*paired), about, authored(script), SCRIPT)
    notes += explained(comparison, about)
    unproven = unasked.unrecorded(players[0], players[1])
    return ScriptResult(comparison, (one, again, other), notes, unproven, moved, ran)


def _conversation(request: dict[str, Any]) -> Any:
    return conversation(Exchange(**request).request)


def _likeness(one: dict[str, Any], other: dict[str, Any]) -> float:
    return likeness(Exchange(**one).request, Exchange(**other).request)


def refuse_silence(document: dict[str, Any], cassette: Cassette) -> None:
    """Raise when the reference asked nothing of what is recorded: two sides that do nothing prove nothing.

    Raises:
        ScriptRefused: It made no request.
    """
    if document["requests"] or not cassette.exchanges:
        return
    error = document["errors"]["error"]
    hint = "Start it as it was recorded: from the same folder, with --root for what it needs, and its arguments."
    if error and error["type"] == "EOFError":
        hint = (
            "Put what is typed into a file, and give it to both: wherry record ... < answers.txt, --stdin answers.txt"
        )
    ended = f"it ended with {error['type']}: {error['message']}" if error else "it ended before it came to it"
    raise ScriptRefused(
        f"the script asked no model on Agno, though the recording has {counted(len(cassette.exchanges), 'exchange')}: "
        f"{ended}",
        hint=hint,
    )


def authored(script: Script) -> dict[str, Any]:
    """Every text in the Python files of the script's folder, as the recipe that `Fragments` reads."""
    texts: set[str] = set()
    for path in [script.path, *script.folder.glob("*.py")]:
        try:
            tree = module_tree(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            continue
        texts |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {"content": sorted(text.strip() for text in texts)}


def refuse_big_folder(folder: Path) -> None:
    """Raise when copying the folder would take long.

    Raises:
        ScriptRefused: It holds more than 200 MB outside of environments and caches.
    """
    total = 0
    for base, names, files in os.walk(folder):
        ignored = _LEFT_OUT(base, [*names, *files])
        names[:] = [name for name in names if name not in ignored]
        total += sum(
            Path(base, name).stat().st_size for name in files if name not in ignored and Path(base, name).is_file()
        )
        if total > MOST_BYTES:
            raise ScriptRefused(
                f"{str(folder)!r} holds more than {MOST_BYTES // 1_000_000} MB, and every run gets a copy of it",
                hint="Put the script into a folder of its own, or name one with --root.",
            )


def _side(
    script: Script, package: str, player: Player, cassette: Cassette, *, lines: bool, forks: Forks | None
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="parity-") as place:
        folder = Path(place) / "work"
        shutil.copytree(script.folder, folder, ignore=_LEFT_OUT, symlinks=True)
        for name in cassette.created:
            for left_over in ("", "-wal", "-shm"):
                Path(folder, script.start, name + left_over).unlink(missing_ok=True)
        moved = migrate(folder, script.relative) if package == "wherry" else restore(folder, script.folder)
        with ReplayServer([player]) as server:
            noted, said = run(folder, script, package, server.env(), lines=lines, forks=forks)
            if noted["strayed"]:
                raise ScriptRefused(
                    f"{script.path.name!r} runs on Wherry already: something in {script.folder.name!r} imports it, and "
                    "no migration of that folder kept what it was on Agno",
                    hint="Compare from a checkout as it was before `wherry migrate --write`.",
                )
            requests = [{"method": r.method, "path": r.path, "body": r.body} for r in server.requests]
        return {
            "outputs": [run.get("output") for run in noted["runs"]],
            "events": [run.get("events") for run in noted["runs"]],
            "runs": [
                {key: run.get(key) for key in ("kind", "name", "parts", "options", "method", "way", "error")}
                for run in noted["runs"]
            ],
            "errors": {"exit": noted["exit"], "error": noted["error"]},
            "requests": requests,
            "stdout": said,
            "sessions": _databases(folder),
            "served": noted["served"],
            "moved": moved,
            "ran": noted["ran"],
        }


def _databases(folder: Path) -> dict[str, Any]:
    """Rows by database and table; a file without a table, which only one side may have opened, is none.

    What a script puts into a file's name to have a new one each time is masked; files of one such name are numbered.
    """
    found: dict[str, dict[str, Any]] = {}
    for path in sqlite_files(folder):
        name = steady = _OF_THE_TIME.sub("<new>", path.relative_to(folder).as_posix())
        number = 1
        while name in found:
            number += 1
            name = f"{steady} ({number})"
        found[name] = database(path)
    return {
        name: {key: [_told_apart(row) for row in rows] for key, rows in tables.items()}
        for name, tables in found.items()
        if tables
    }


def _told_apart(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a session or run with a name, by which it is compared with its like when the other side has more."""
    if "session_id" not in row:
        return row
    kind = () if "session_type" in row else ("run_type", "agent_id", "team_id", "workflow_id")
    names = (*kind, "session_id")  # whose a session is may differ, and is to be compared
    return {**row, "name": " ".join(str(row[name]) for name in names if row.get(name))}


def sqlite_files(folder: Path) -> list[Path]:
    """The SQLite databases below a folder, environments and caches left out, by path."""
    found = []
    for base, names, files in os.walk(folder):
        ignored = _LEFT_OUT(base, [*names, *files])
        names[:] = [name for name in names if name not in ignored]
        found += [path for name in files if _is_sqlite(path := Path(base, name))]
    return sorted(found)


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False
