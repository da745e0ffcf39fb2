"""Fresh ids.

Every id the runtime makes up comes from here: version 4 UUIDs in text form, as Agno's are. Called when messages,
media, requirements, runs and sessions are created.
"""

from __future__ import annotations

import os
from struct import Struct

_AT_ONCE = 256
# The bits that every version 4 UUID has alike: where they are, and what they are.
_FREE = int.from_bytes(bytes.fromhex("ffffffffffff0fff3fffffffffffffff") * _AT_ONCE)
_FIXED = int.from_bytes(bytes.fromhex("00000000000040008000000000000000") * _AT_ONCE)
_GROUPS = Struct("8s4s4s4s12s")

# Many ids are made at once, by a few calls of C: one after the other each costs as much as a message.
_stock: list[str] = []


def new_id() -> str:
    """A random version 4 UUID as text, equal in form to ``str(uuid.uuid4())``; safe in threads and after a fork."""
    while True:
        try:
            return _stock.pop()
        except IndexError:
            _stock.extend(_made())


def _made() -> list[str]:
    size = 16 * _AT_ONCE
    whole = (int.from_bytes(os.urandom(size)) & _FREE | _FIXED).to_bytes(size)
    return b"\n".join(map(b"-".join, _GROUPS.iter_unpack(whole.hex().encode()))).decode().split("\n")


if hasattr(os, "register_at_fork"):  # a child must not hand out what its parent does
    os.register_at_fork(after_in_child=_stock.clear)
