"""Key layout, texts and the one script of the Redis database.

Agno's layout: a JSON text for each record (`<prefix>:sessions:<id>`), the runs of a session in a sorted set scored by
their place (`<prefix>:runs:by_session:<id>`), and sets of ids by field (`<prefix>:<table>:index:<field>:<value>`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wherry.core.errors import StoreError
from wherry.core.sessions.session_state import copied
from wherry.stores.jsontext import dumps_plain, loads
from wherry.stores.rows import session_kind

SESSION_FIELDS = ("user_id", "agent_id", "team_id", "workflow_id", "session_type")
RUN_FIELDS = ("session_id", "user_id", "agent_id", "team_id", "workflow_id", "run_type", "status")
MEMORY_FIELDS = ("user_id", "agent_id", "team_id", "workflow_id")
EVAL_FIELDS = ("agent_id", "team_id", "workflow_id", "model_id", "eval_type")
LEARNING_FIELDS = (
    *("learning_type", "namespace", "user_id", "agent_id", "team_id", "session_id", "entity_id", "entity_type"),
)
FIELDS: dict[str, tuple[str, ...]] = {
    "sessions": SESSION_FIELDS,
    "runs": RUN_FIELDS,
    "memories": MEMORY_FIELDS,
    "knowledge": (),
    "metrics": (),
    "evals": EVAL_FIELDS,
    "learnings": LEARNING_FIELDS,
}

# KEYS: session, runs by session. ARGV: prefix, session id, seconds to live (0: for ever), 1 when the session is to
# exist, the text it is to have, its new text, number of its index keys, these, then for each run: id, text up to its
# place, text after it, least place, number of index keys, these. Answers {1}, or {0, the text found}.
SAVE = """
local found = redis.call('GET', KEYS[1])
if ARGV[4] == '1' then
  if found ~= ARGV[5] then return {0, found} end
elseif found then
  return {0, found}
end
local prefix, session, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])
local function put(key, text)
  if ttl > 0 then redis.call('SET', key, text, 'EX', ttl) else redis.call('SET', key, text) end
end
put(KEYS[1], ARGV[6])
local at = 8
for _ = 1, tonumber(ARGV[7]) do redis.call('SADD', ARGV[at], session); at = at + 1 end
while at <= #ARGV do
  local id, before, after = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local place, count = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  at = at + 5
  local key = prefix .. ':runs:' .. id
  local known = redis.call('ZSCORE', KEYS[2], id)
  if known then
    place = tonumber(known)
    local old = redis.call('GET', key)
    local status = old and cjson.decode(old)['status']
    if type(status) == 'string' then redis.call('SREM', prefix .. ':runs:index:status:' .. status, id) end
  else
    local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
    if last[2] then place = math.max(place, tonumber(last[2]) + 1) end
  end
  put(key, before .. string.format('%d', place) .. after)
  redis.call('ZADD', KEYS[2], place, id)
  for _ = 1, count do redis.call('SADD', ARGV[at], id); at = at + 1 end
end
if ttl > 0 then redis.call('EXPIRE', KEYS[2], ttl) end
return {1}
"""


class Keys:
    """Names of keys below a prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def record(self, kind: str, record_id: str) -> str:
        """A record."""
        return f"{self.prefix}:{kind}:{record_id}"

    def runs_of(self, session_id: str) -> str:
        """The sorted set of a session's runs."""
        return f"{self.prefix}:runs:by_session:{session_id}"

    def indexes(self, kind: str, row: dict[str, Any]) -> list[str]:
        """The sets that hold a record's id."""
        return [f"{self.prefix}:{kind}:index:{name}:{row[name]}" for name in FIELDS[kind] if row.get(name) is not None]

    def is_record(self, kind: str, key: str) -> bool:
        """Whether a key below a table's prefix is a record and no index."""
        inner = key.removeprefix(f"{self.prefix}:{kind}:")
        return not inner.startswith("index:") and not (kind == "runs" and inner.startswith("by_session:"))


_OWN = ("session_data", "summary", "metadata", "created_at", "updated_at")
# The order of keys in a session's record, which differs by kind in Agno.
_ORDERS = {
    "agent": ("agent_id", "team_id", "workflow_id", "user_id", "agent_data", "team_data", "workflow_data", *_OWN),
    "team": ("agent_id", "team_id", "workflow_id", "user_id", "team_data", "agent_data", "workflow_data", *_OWN),
    "workflow": (
        *("workflow_id", "user_id", "workflow_data", "session_data", "metadata", "created_at", "updated_at"),
        *("agent_id", "team_id", "agent_data", "team_data", "summary"),
    ),
}
_FOREIGN = {
    "agent": frozenset[str](),
    "team": frozenset({"workflow_id"}),
    "workflow": frozenset({"summary"}),
}


def record_from(text: str | bytes, where: str) -> dict[str, Any]:
    """The record that a key holds.

    Args:
        text: What the key holds.
        where: The key, or the set of keys, for the error.

    Raises:
        StoreError: It is no record.
    """
    try:
        row = loads(text)
    except ValueError as error:
        raise StoreError(f"{where} is not JSON: {error}", hint="Repair the value, or delete its key.") from error
    if not isinstance(row, dict):
        raise StoreError(f"{where} holds no record: {text[:80]!r}", hint="Repair the value, or delete its key.")
    return row


def session_row(session: Any) -> dict[str, Any]:
    """A session as a record, in Agno's order of keys."""
    kind = session_kind(session)
    given = copied(session.to_dict(include_runs=False))
    row: dict[str, Any] = {"session_id": session.session_id, "session_type": kind}
    return row | {name: None if name in _FOREIGN[kind] else given.get(name) for name in _ORDERS[kind]}


_PLACE = "\x00place\x00"


def run_texts(row: dict[str, Any]) -> tuple[str, str]:
    """A run's record in two parts, between which its place belongs."""
    before, _, after = dumps_plain({**row, "run_index": _PLACE}).partition('"\\u0000place\\u0000"')
    return before, after


def save_arguments(
    keys: Keys,
    session_id: str,
    expire: int | None,
    expected: str | None,
    text: str,
    row: dict[str, Any],
    runs: Iterable[dict[str, Any]],
    floor: int,
) -> list[Any]:
    """ARGV of `SAVE`."""
    own = keys.indexes("sessions", row)
    argv: list[Any] = [keys.prefix, session_id, expire or 0, 0 if expected is None else 1, expected or "", text]
    argv += [len(own), *own]
    for run in runs:
        indexes = keys.indexes("runs", run)
        argv += [run["run_id"], *run_texts(run), floor, len(indexes), *indexes]
    return argv
