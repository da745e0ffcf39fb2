"""The boats of the yard and who has booked them, in the service's own table beside the conversations."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass


@dataclass(frozen=True)
class Boat:
    """A boat for hire; `day_rate` is in pounds."""

    name: str
    berths: int
    day_rate: int


FLEET = (Boat("Swallow", 2, 60), Boat("Hathor", 4, 140), Boat("Albion", 12, 420))


class Bookings:
    """Bookings in one SQLite file; safe to use from several threads, each call opens its own connection."""

    def __init__(self, path: str) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS bookings (boat TEXT, day TEXT, name TEXT, PRIMARY KEY (boat, day))")

    def free(self, day: str, people: int) -> list[Boat]:
        """Boats with enough berths that nobody has booked for a day."""
        with closing(sqlite3.connect(self.path)) as db:
            taken = {row[0] for row in db.execute("SELECT boat FROM bookings WHERE day = ?", (day,))}
        return [boat for boat in FLEET if boat.berths >= people and boat.name not in taken]

    def book(self, boat: str, day: str, name: str) -> bool:
        """Book a boat; False when somebody was faster."""
        with closing(sqlite3.connect(self.path)) as db, db:
            added = db.execute("INSERT OR IGNORE INTO bookings VALUES (?, ?, ?)", (boat, day, name))
            return added.rowcount == 1
