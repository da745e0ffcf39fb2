"""What Agno's two tables cost by themselves: what a run kept with sqlite3 alone writes and takes, by size of page.

`wherry bench sqlite-1` divides Wherry by one small table kept by hand. Here are the tables that both runtimes share,
with the twelve trees that a run changes: rows of the same sizes, one transaction a run, no runtime.

    python benchmarks/layout_by_hand.py
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from time import process_time
from uuid import uuid4

from wherry.stores.ddl import statements
from wherry.stores.tables import RUNS, SESSIONS
from wherry_portal.bench.children.timed import KILOBYTES, bytes_written

PAGES = (4096, 2048, 1024, 512)
WARM_UP, COUNTED, BLOCKS = 5, 100, 9
DATA, OWNER = "d" * 339, "o" * 113
"""As long as the texts of a run of `sqlite-1` are: its session's, its agent's."""
RUNS_TEXTS = (1926, 8000)
"""As long as the text of such a run, and of one with more to say."""

UPDATE = "UPDATE agno_sessions SET session_data = ?, updated_at = ? WHERE session_id = 's'"
INSERT = (
    "INSERT INTO agno_runs (run_id, session_id, run_type, agent_id, status, run_index, run_data, created_at, "
    "updated_at) VALUES (?, 's', 'agent', 'pilot', 'COMPLETED', ?, ?, ?, ?)"
)


def main() -> None:
    """Print a line for each size of page and length of text."""
    for length in RUNS_TEXTS:
        for size in PAGES:
            with tempfile.TemporaryDirectory() as folder, closing(opened(Path(folder, "hand.db"), size)) as base:
                written, seconds = measured(base, "r" * length)
            print(f"{length} characters, pages of {size} bytes: {written:.1f} KB, {seconds * 1e6:.0f} us a run")


def measured(base: sqlite3.Connection, text: str) -> tuple[float, float]:
    """Kilobytes that a run writes, of the first hundred, and processor seconds it takes, of the fastest hundred."""
    for number in range(WARM_UP):
        keep(base, number, text)
    written, fastest, number = 0.0, float("inf"), WARM_UP
    for block in range(BLOCKS):
        before, begun = bytes_written(), process_time()
        for _ in range(COUNTED):
            keep(base, number, text)
            number += 1
        fastest = min(fastest, (process_time() - begun) / COUNTED)
        if block == 0:
            written = (bytes_written() - before) / COUNTED / KILOBYTES
    return written, fastest


def opened(file: Path, size: int) -> sqlite3.Connection:
    """A new file with both tables, their indexes and a session."""
    base = sqlite3.connect(file, isolation_level=None)
    base.execute(f"PRAGMA page_size = {size}")
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA wal_autocheckpoint = 0")  # what is copied into the file later is not counted, as in sqlite-1
    for layout in (SESSIONS, RUNS):
        for sql in statements(layout, f"agno_{layout.kind}", "sqlite", lambda kind: f"agno_{kind}"):
            base.execute(sql)
    base.execute(
        "INSERT INTO agno_sessions (session_id, session_type, agent_id, session_data, agent_data, created_at) "
        "VALUES ('s', 'agent', 'pilot', ?, ?, 1)",
        (DATA, OWNER),
    )
    return base


def keep(base: sqlite3.Connection, number: int, text: str) -> None:
    """One run: its session's row brought up to date, its own inserted."""
    base.execute("BEGIN IMMEDIATE")
    base.execute(UPDATE, (f"{number:08}{DATA[8:]}", number))
    base.execute(INSERT, (str(uuid4()), number, text, number, number))
    base.execute("COMMIT")


if __name__ == "__main__":
    main()
