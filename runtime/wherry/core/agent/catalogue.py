"""Agents, teams and workflows kept as components of a database: saving, loading, listing, deleting.

The rows are the business of the stores (`stores/plans_components`); what is in a configuration is that of `describing`
and `restoring`. Mirrors the methods and functions of the same names of Agno.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from wherry.core.agent.describing import kind_of
from wherry.core.errors import ComponentRehydrationError, ConfigurationError, NotMigratedError
from wherry.core.log import log_error, log_warning
from wherry.core.tools.registry import RESERVED_IDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

T = TypeVar("T", bound="Stored")
_PAGE = 100
_MOST_LISTED = 1000
_owner: ContextVar[str | None] = ContextVar("component_owner", default=None)


@contextmanager
def component_owner_scope(user_id: str | None) -> Iterator[None]:
    """Members and steps that are loaded inside belong to this user, to nobody, or are published."""
    token = _owner.set(user_id)
    try:
        yield
    finally:
        _owner.reset(token)


def get_component_owner_scope() -> str | None:
    """The user of the scope, or None."""
    return _owner.get()


class Stored:
    """What can be kept as a component."""

    _kind: ClassVar[str]
    _version: int | None = None
    _stage: str | None = None
    id: str | None
    name: str | None
    db: Any

    def set_id(self) -> None:
        """Settle the id."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The configuration to keep."""
        raise NotImplementedError

    def save_parts(self, db: Any, how: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Save what this is made of; the links to it."""
        del db, how
        return None

    @classmethod
    def from_stored(cls, config: dict[str, Any], db: Any, links: Any, registry: Any, *, strict: bool) -> Self:
        """Out of a configuration and the links of its version."""
        raise NotImplementedError

    def save(
        self, *, db: Any = None, stage: str = "published", label: str | None = None, notes: str | None = None
    ) -> int | None:
        """Keep this as a new version of a component, with the members or steps it is made of.

        Args:
            db: Where; its own database by default. A blocking one: `SqliteDb` or `PostgresDb`.
            stage: ``published``, which makes the version the current one, or ``draft``.
            label: A name for the version.
            notes: Remarks about the version.

        Returns:
            Its number.

        Raises:
            ConfigurationError: (a ValueError) There is no database, or an async one.
        """
        store = blocking_db(db or self.db, "save")
        self.set_id()
        how = {"stage": stage, "label": label, "notes": notes}
        try:
            links = self.save_parts(store, how)
            about = {name: getattr(self, name, None) for name in ("name", "description", "metadata")}
            store.upsert_component(component_id=self.id, component_type=component_type(self._kind), **about)
            given = {"links": links} if links else {}
            row = store.upsert_config(component_id=self.id, config=self.to_dict(), **given, **how)
        except Exception as error:
            log_error(f"The {self._kind} {self.id!r} could not be saved: {error}")
            raise
        version: int | None = row.get("version")
        return version

    @classmethod
    def load(
        cls,
        id: str,
        *,
        db: Any,
        registry: Any = None,
        label: str | None = None,
        version: int | None = None,
        strict: bool = False,
        published_only: bool = False,
    ) -> Self | None:
        """A component by its id, or None when there is none.

        Args:
            id: The component.
            db: Where it is kept; also the database of what is loaded, unless its configuration opens one.
            registry: A `Registry` of what the configuration names: tools, schemas, functions, models, knowledge.
            label: The version with this name.
            version: The version of this number; by default the current one, or else the newest draft.
            strict: Refuse what is not there instead of leaving it out with a warning.
            published_only: No draft.

        Raises:
            ComponentRehydrationError: Something is not there and `strict` was set, or the id is reserved.
        """
        return loaded(cls, id, db, version, label, registry, strict=strict, published_only=published_only)

    def delete(self, *, db: Any = None, hard_delete: bool = False, require_no_dependents: bool = True) -> bool:
        """Archive the component of this id; whether there was one.

        Args:
            db: Where; its own database by default.
            hard_delete: Remove it with all versions instead.
            require_no_dependents: Refuse while another component is made of it.

        Raises:
            ComponentDependencyError: Another component is made of it.
            ConfigurationError: (a ValueError) There is no database, or an async one, or no id.
        """
        store = blocking_db(db or self.db, "delete")
        if self.id is None:
            raise ConfigurationError(f"Cannot delete {self._kind} without an id", hint="Set id=, or save it first.")
        gone: bool = store.delete_component(
            component_id=self.id, hard_delete=hard_delete, require_no_dependents=require_no_dependents
        )
        return gone


def component_type(kind: str) -> Any:
    """The kind of a component."""
    from wherry.stores.components import ComponentType

    return ComponentType(kind)


def blocking_db(db: Any, method: str) -> Any:
    """A database that can keep components.

    Raises:
        ConfigurationError: (a ValueError) There is none, or it is an async one.
    """
    from wherry.stores.base import AsyncBaseDb

    if not db:
        raise ConfigurationError("Db not initialized or provided", hint=f"Pass db= to {method}(), or set it.")
    if isinstance(db, AsyncBaseDb):
        raise ConfigurationError(
            f"Async databases not yet supported for {method}(). Use a sync database.",
            hint="Pass db=SqliteDb(…) or db=PostgresDb(…) with the same address.",
        )
    return db


def loaded(
    kind: type[T],
    id: str,
    db: Any,
    version: int | None,
    label: str | None,
    registry: Any,
    *,
    strict: bool,
    published_only: bool,
) -> T | None:
    """A component by its id, or None; see `Stored.load`."""
    if id in RESERVED_IDS:
        raise ComponentRehydrationError(f"The component id {id!r} is reserved; choose another one.")
    if published_only and version is None and label is None:
        row = db.get_component(component_id=id)
        version = row.get("current_version") if isinstance(row, dict) else None
        if version is None:
            return None
    row = db.get_config(component_id=id, label=label, version=version)
    config = None if row is None else row.get("config")
    if config is None:
        return None
    links = db.get_links(component_id=id, version=row["version"]) if row.get("version") else []
    made = kind.from_stored(config, db, links, registry, strict=strict)
    made.id = id
    if made.db is None:
        if strict:
            require_same_db(config, db, kind.__name__, id)
        made.db = db
    return made


def require_same_db(config: dict[str, Any], fallback_db: Any, component_type: str, component_id: str | None) -> None:
    """Refuse a database in place of the described one when the two differ.

    Raises:
        ComponentRehydrationError: They do: its sessions would be somewhere else than described.
    """
    differing = db_differences(config, fallback_db)
    if differing:
        raise ComponentRehydrationError(
            f"{component_type} {component_id!r} keeps its sessions in the database {config['db'].get('id')!r}, which "
            f"cannot be opened from its description; the given one differs in {', '.join(differing)}. Add the database "
            "to the registry."
        )


def db_differences(config: dict[str, Any], fallback_db: Any) -> list[str] | None:
    """In what a database differs from the described one; None when none is described."""
    described = config.get("db")
    if not isinstance(described, dict):
        return None
    own = fallback_db.to_dict() if fallback_db is not None else {}
    return sorted(name for name, value in described.items() if value is not None and name in own and own[name] != value)


def by_id(
    kind: type[T],
    db: Any,
    id: str,
    version: int | None = None,
    label: str | None = None,
    registry: Any = None,
    user_id: str | None = None,
    strict: bool = False,
    published_only: bool = True,
) -> T | None:
    """A component by its id, or None; also None, with a log entry, when it cannot be read.

    Args:
        kind: The class to make.
        db: Where it is kept.
        id: The component.
        version: The version of this number; the current one by default.
        label: The version with this name.
        registry: A `Registry` of what the configuration names.
        user_id: Only if it belongs to this user, to nobody, or is published.
        strict: Refuse what is not there instead of leaving it out with a warning.
        published_only: No draft.

    Raises:
        ComponentRehydrationError: Something is not there and `strict` was set, or the id is reserved.
        NotMigratedError: The database keeps no components, or an option of the component is not migrated.
    """
    if id in RESERVED_IDS:
        raise ComponentRehydrationError(f"The component id {id!r} is reserved; choose another one.")
    try:
        if user_id is not None and db.get_component(component_id=id, user_id=user_id) is None:
            return None
        with component_owner_scope(user_id):
            return loaded(kind, id, db, version, label, registry, strict=strict, published_only=published_only)
    except (ComponentRehydrationError, NotMigratedError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a broken row raises, nothing was found, as in Agno
        log_error(f"{kind.__name__} {id!r} could not be loaded: {error}")
        return None


def listed(
    kind: type[T],
    db: Any,
    registry: Any = None,
    exclude_component_ids: Collection[str] | None = None,
    user_id: str | None = None,
) -> list[T]:
    """All components of a kind, the newest first; one that cannot be read is told and left out.

    Args:
        kind: The class to make.
        db: Where they are kept.
        registry: A `Registry` of what their configurations name; what it does not hold is left out.
        exclude_component_ids: Without these.
        user_id: Only those that belong to this user, to nobody, or are published.
    """
    found: list[T] = []
    for row in _rows(kind_of(kind), db, {*(exclude_component_ids or ()), *RESERVED_IDS}, user_id):
        component_id = row["component_id"]
        try:
            version = db.get_config(component_id=component_id)
            if version is None or version.get("config") is None:
                continue
            config = {**version["config"], "id": component_id}
            with component_owner_scope(user_id):
                made = kind.from_stored(config, db, None, registry, strict=False)
        except Exception as error:  # noqa: BLE001 - one broken row must not hide the others
            log_error(f"{kind.__name__} {component_id!r} could not be loaded: {error}")
            continue
        vars(made).update(_version=row.get("current_version"), _stage=version.get("stage"))
        found.append(made)
    return found


def _rows(kind: str, db: Any, without: set[str], user_id: str | None) -> list[dict[str, Any]]:
    """The rows of all components of a kind, page by page, each once."""
    rows: dict[str, dict[str, Any]] = {}
    scanned = 0
    while True:
        page, total = db.list_components(
            component_type=component_type(kind),
            exclude_component_ids=without,
            user_id=user_id,
            limit=_PAGE,
            offset=scanned,
        )
        scanned += len(page)
        for row in page:
            rows.setdefault(row["component_id"], row)
        if not page or not isinstance(total, int) or scanned >= total:
            return list(rows.values())
        if scanned >= _MOST_LISTED:
            log_warning(f"There are {total} components; the newest {len(rows)} are listed.")
            return list(rows.values())
