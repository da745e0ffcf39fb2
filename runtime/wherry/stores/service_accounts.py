"""Service accounts: machine identities with an opaque token, of which the database keeps the hash.

The record, what of it may change, and the statements. Mirrors `agno.db.schemas.service_accounts` and the methods of
Agno's databases; the accounts are AgentOS's, which checks their tokens.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from time import time
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.stores.jsontext import loads_column
from wherry.stores.plan import BEGIN, Plan, Tables, Where, marks, needs, page_of, rows_of
from wherry.stores.tables import SERVICE_ACCOUNTS as LAYOUT

SERVICE_ACCOUNT_PRINCIPAL_PREFIX = "sa:"
SERVICE_ACCOUNT_SORTABLE_COLUMNS = frozenset({"created_at", "name", "last_used_at", "expires_at"})
SERVICE_ACCOUNT_MUTABLE_COLUMNS = frozenset({"last_used_at", "revoked_at"})
_SEEN = "(user_id = ? OR user_id IS NULL)"


def resolve_service_account_sort_column(sort_by: str) -> str:
    """A column that a list may be sorted by; `created_at` in the place of any other."""
    return sort_by if sort_by in SERVICE_ACCOUNT_SORTABLE_COLUMNS else "created_at"


def validate_service_account_update(updates: dict[str, Any]) -> None:
    """Refuse changes of what a minted token stands for.

    Raises:
        ConfigurationError: (a ValueError) there are none, one is of a fixed column, or a revocation is taken back.
    """
    if not updates:
        raise ConfigurationError(
            "update_service_account needs at least one column to change.", hint="Give last_used_at or revoked_at."
        )
    fixed = updates.keys() - SERVICE_ACCOUNT_MUTABLE_COLUMNS
    if fixed:
        raise ConfigurationError(
            f"update_service_account cannot modify {sorted(fixed)!r}.", hint="Revoke the account and make another one."
        )
    if "revoked_at" in updates and updates["revoked_at"] is None:
        raise ConfigurationError("Revoking is one-way: revoked_at cannot be None.", hint="Make another account.")


@dataclass
class ServiceAccount:
    """One account; mirrors `agno.db.schemas.service_accounts.ServiceAccount`.

    Attributes:
        id: Its id.
        name: Its name; active accounts have different ones.
        token_hash: Hash of its token.
        token_prefix: How its token begins, to recognise it by.
        scopes: What it may do.
        user_id: Whom it belongs to.
        created_at: Unix seconds, as are the times below; now by default.
        expires_at: When its token ends.
        last_used_at: When it was last used.
        revoked_at: When it was revoked.
        created_by: Who made it.
    """

    id: str
    name: str
    token_hash: str
    token_prefix: str
    scopes: list[str] = field(default_factory=list)
    user_id: str | None = None
    created_at: int | None = None
    expires_at: int | None = None
    last_used_at: int | None = None
    revoked_at: int | None = None
    created_by: str | None = None

    def __post_init__(self) -> None:
        self.created_at = int(time()) if self.created_at is None else int(self.created_at)
        for name in ("expires_at", "last_used_at", "revoked_at"):
            value = getattr(self, name)
            setattr(self, name, None if value is None else int(value))

    @property
    def principal(self) -> str:
        """The user id of what it does."""
        return f"{SERVICE_ACCOUNT_PRINCIPAL_PREFIX}{self.name}"

    def is_revoked(self) -> bool:
        """Whether it was revoked."""
        return self.revoked_at is not None

    def is_expired(self, now: int | None = None) -> bool:
        """Whether its token has ended."""
        return self.expires_at is not None and self.expires_at <= (int(time()) if now is None else now)

    def to_dict(self) -> dict[str, Any]:
        """Every column."""
        return {name: getattr(self, name) for name in LAYOUT.names}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ServiceAccount:
        """An account of what `to_dict` gave; other keys are left out."""
        known = {item.name for item in dataclasses.fields(cls)}
        given = {name: value for name, value in data.items() if name in known}
        return cls(**{**given, "scopes": given.get("scopes") or []})


def _select(t: Tables, rest: str, values: list[Any]) -> Plan[list[dict[str, Any]]]:
    found = yield from rows_of(t, LAYOUT, rest, values)
    return [{**row, "scopes": loads_column(row["scopes"])} for row in found]


@needs(writes=("service_accounts",))
def create_service_account(t: Tables, account_data: dict[str, Any]) -> Plan[dict[str, Any]]:
    """Store an account; a name that an active one has is refused by the database.

    Raises:
        ConfigurationError: There is no such column.
        StoreError: The name or the token is taken.
    """
    unknown = account_data.keys() - set(LAYOUT.names)
    if unknown:
        raise ConfigurationError(
            f"A service account has no columns {sorted(unknown)!r}.", hint=f"It has {', '.join(LAYOUT.names)}."
        )
    values = [t.json(value) if name == "scopes" else value for name, value in account_data.items()]
    yield f"INSERT INTO {t[LAYOUT.kind]} ({', '.join(account_data)}) VALUES ({marks(len(values))})", values
    return account_data


@needs("service_accounts")
def get_service_account(t: Tables, service_account_id: str, user_id: str | None = None) -> Plan[dict[str, Any] | None]:
    """An account by its id, or None; with `user_id` only that user's or one that nobody owns."""
    where = Where().exactly(id=service_account_id)
    if user_id is not None:
        where.add(_SEEN, user_id)
    rows = yield from _select(t, str(where), where.values)
    return rows[0] if rows else None


@needs("service_accounts")
def get_service_account_by_token_hash(t: Tables, token_hash: str) -> Plan[dict[str, Any] | None]:
    """The account of a token, or None; a database that does not answer raises."""
    if LAYOUT.kind not in t.present:
        yield "SELECT 1", ()
    rows = yield from _select(t, " WHERE token_hash = ?", [token_hash])
    return rows[0] if rows else None


@needs("service_accounts")
def get_service_account_by_name(t: Tables, name: str, include_revoked: bool = False) -> Plan[dict[str, Any] | None]:
    """The newest account of a name, or None; only an active one unless revoked ones are asked for, too."""
    active = "" if include_revoked else " AND revoked_at IS NULL"
    rows = yield from _select(t, f" WHERE name = ?{active} ORDER BY created_at DESC LIMIT 1", [name])
    return rows[0] if rows else None


@needs("service_accounts")
def get_service_accounts(
    t: Tables,
    include_revoked: bool = True,
    limit: int = 20,
    page: int = 1,
    sort_by: str = "created_at",
    sort_order: str = "desc",
    user_id: str | None = None,
) -> Plan[tuple[list[dict[str, Any]], int]]:
    """A page of the accounts, and how many there are.

    Args:
        t: Tables of the store.
        include_revoked: Revoked ones, too.
        limit: At most so many.
        page: Which part, from 1.
        sort_by: `created_at`, `name`, `last_used_at` or `expires_at`.
        sort_order: ``asc`` or ``desc``.
        user_id: Only this user's and those that nobody owns.
    """
    if LAYOUT.kind not in t.present:
        return [], 0
    where = Where()
    if not include_revoked:
        where.add("revoked_at IS NULL")
    if user_id is not None:
        where.add(_SEEN, user_id)
    counted = yield f"SELECT COUNT(*) FROM {t[LAYOUT.kind]}{where}", where.values
    paging, extra = page_of(limit, page)
    direction = "ASC" if sort_order == "asc" else "DESC"
    order = f" ORDER BY {resolve_service_account_sort_column(sort_by)} {direction}"
    rows = yield from _select(t, f"{where}{order}{paging}", [*where.values, *extra])
    return rows, int(counted[0][0])


@needs("service_accounts")
def update_service_account(
    t: Tables, /, service_account_id: str, return_record: bool = True, **columns: Any
) -> Plan[dict[str, Any] | None]:
    """Note that an account was used, or revoke it.

    Args:
        t: Tables of the store.
        service_account_id: The account.
        return_record: Read it again.
        **columns: `last_used_at` or `revoked_at`.

    Returns:
        The account, or None when there is none or it was not asked for.

    Raises:
        ConfigurationError: (a ValueError) another column, or a revocation is taken back.
    """
    validate_service_account_update(columns)
    if LAYOUT.kind not in t.present:
        return None
    yield BEGIN
    changes = ", ".join(f"{name} = ?" for name in columns)
    yield f"UPDATE {t[LAYOUT.kind]} SET {changes} WHERE id = ?", [*columns.values(), service_account_id]
    if not return_record:
        return None
    return (yield from get_service_account(t, service_account_id))


@needs("service_accounts")
def delete_service_account(t: Tables, service_account_id: str) -> Plan[bool]:
    """Delete an account; whether there was one."""
    if LAYOUT.kind not in t.present:
        return False
    rows = yield f"DELETE FROM {t[LAYOUT.kind]} WHERE id = ? RETURNING id", (service_account_id,)
    return bool(rows)
