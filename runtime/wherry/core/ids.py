"""Fresh ids.

Every id the runtime makes up comes from here: version 4 UUIDs in text form, as Agno's are. Called when messages,
media, requirements, runs and sessions are created.
"""

from __future__ import annotations

import os

_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_AT_ONCE = 256

# Randomness is fetched for many ids at once: asking the system costs more than making the text.
_stock: list[str] = []


def new_id() -> str:
    """A random version 4 UUID as text, equal in form to ``str(uuid.uuid4())``; safe in threads and after a fork."""
    while True:
        try:
            h = _stock.pop()
        except IndexError:
            fetched = os.urandom(16 * _AT_ONCE).hex()
            _stock.extend(fetched[place : place + 32] for place in range(0, 32 * _AT_ONCE, 32))
        else:
            return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{_VARIANT[h[16]]}{h[17:20]}-{h[20:]}"


if hasattr(os, "register_at_fork"):  # a child must not hand out what its parent does
    os.register_at_fork(after_in_child=_stock.clear)
