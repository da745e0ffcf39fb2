"""`FileSystem`: one namespace of text files on a backend; mirrors `agno.fs.fs`.

Agents work with one through `Agent(filesystem=...)`, and `ResultStore` keeps its texts in one. What an operation does
is written once, for both kinds of waiting, in `operations`; which partition it works in is decided here.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Self

from wherry.core.errors import ConfigurationError
from wherry.fs import describing
from wherry.fs._paths import (  # noqa: F401 - some are names that Agno has here
    build_chunk,
    normalize_check_lines,
    normalize_directory,
    normalize_namespace,
    normalize_path,
    normalize_template_value,
    parse_namespace_template,
    path_sort_key,
    validate_normalized_namespace,
)
from wherry.fs.base import BaseFS
from wherry.fs.errors import InvalidPathError
from wherry.fs.instructions import READ_ONLY_INSTRUCTIONS, USUAL_INSTRUCTIONS
from wherry.fs.operations import Operations

if TYPE_CHECKING:
    from wherry.fs.toolkit import FileSystemTools

DEFAULT_NAMESPACE = "default"


class NoBackend(ConfigurationError, TypeError):
    """Something that files cannot be kept in."""


def backend_of(source: Any) -> BaseFS:
    """A backend: the one given, or one over a database.

    Raises:
        NoBackend: (a TypeError) It is neither.
    """
    if isinstance(source, BaseFS):
        return source
    if hasattr(source, "tables"):
        from wherry.fs.db import AsyncDbFileSystem, DbFileSystem
        from wherry.stores.sql_methods import BlockingSql

        return DbFileSystem(db=source) if isinstance(source, BlockingSql) else AsyncDbFileSystem(source)
    hint = "Give a SqliteDb or PostgresDb, or a backend such as LocalFileSystem(root=...)."
    raise NoBackend(f"A FileSystem cannot keep files in {source!r}.", hint=hint)


class FileSystem(Operations):
    """Text files of one namespace.

    Args:
        backend: A backend, or a `SqliteDb` or `PostgresDb` (or their async kinds) to keep the files in.
        namespace: Whose files; names that differ in case only are the same. It may have `{user_id}`, `{agent_id}` and
            `{team_id}`, which a run fills in.
        db: A database, in place of `backend`.
        max_file_bytes: The greatest size of a file.
        max_namespace_bytes: The greatest size of all files together.
        user_scoped: Whether each user of an agent has files of their own; a run without a user is refused then. False
            and None let all share them.
        read_only: Give agents no tool that changes files.
        allow_delete: Give them one that deletes files.
        include_tools: Give them these tools only.
        instructions: What they are told in place of the usual.

    Raises:
        ConfigurationError: (a ValueError) Both or none of `backend` and `db`, or `read_only` beside `allow_delete`.
        InvalidPathError: The namespace is none.
    """

    def __init__(
        self,
        backend: Any = None,
        namespace: str = DEFAULT_NAMESPACE,
        *,
        db: Any = None,
        max_file_bytes: int = 1_000_000,
        max_namespace_bytes: int = 20_000_000,
        user_scoped: bool | None = None,
        read_only: bool = False,
        allow_delete: bool = False,
        include_tools: list[str] | None = None,
        instructions: str | None = None,
    ) -> None:
        if (backend is None) == (db is None):
            hint = "For example FileSystem(SqliteDb(...))."
            raise ConfigurationError("A FileSystem takes one of backend and db.", hint=hint)
        if read_only and allow_delete:
            hint = "Leave one of them out."
            raise ConfigurationError("allow_delete=True contradicts read_only=True.", hint=hint)
        self.backend = backend_of(backend if backend is not None else db)
        self.namespace = normalize_namespace(namespace)
        self._given, self._in_one_form = namespace, False
        self._open = parse_namespace_template(self.namespace)
        self._names_user = "user_id" in self._open
        self.max_file_bytes, self.max_namespace_bytes = max_file_bytes, max_namespace_bytes
        self.user_scoped = user_scoped
        self._user_id: str | None = None
        self.read_only, self.allow_delete = read_only, allow_delete
        self.include_tools = None if include_tools is None else list(include_tools)
        self._instructions = instructions

    def _bound(self, namespace: str, user_id: str | None, user_scoped: bool | None) -> Self:
        """The same files of another namespace or user."""
        made = copy(self)
        made.__dict__ |= {"_given": namespace, "_in_one_form": True, "_user_id": user_id, "user_scoped": user_scoped}
        made.__dict__ |= {
            "namespace": validate_normalized_namespace(namespace),
            "_open": parse_namespace_template(namespace),
        }
        made.include_tools = None if self.include_tools is None else list(self.include_tools)
        return made

    @property
    def user_id(self) -> str | None:
        """Whose files these are; None for those that all share."""
        return self._user_id

    @property
    def is_templated(self) -> bool:
        """Whether the namespace has placeholders that are still to be filled in."""
        return bool(self._open)

    def _place(self) -> str:
        if self._open:
            raise InvalidPathError(
                f"The namespace {self.namespace!r} needs a value for {self._open[0]}.",
                hint="Fill it in with resolve(), or run the agent with one.",
            )
        return self.namespace

    def _partition(self) -> str:
        if self._names_user:  # the namespace tells users apart already
            return ""
        if not self._user_id and self.user_scoped:
            raise InvalidPathError(
                "These files belong to single users, and no user is named.",
                hint="Use resolve(user_id=...), or run the agent with a user_id.",
            )
        return self._user_id or ""

    def partition(self, user_id: str | None) -> Self:
        """The files of one user, or with None those that all share, also where users have files of their own."""
        scoped = self.user_scoped if user_id is not None else False
        return self._bound(self._place(), None if user_id is None else str(user_id), scoped)

    def resolve(self, *, user_id: str | None = None, agent_id: str | None = None, team_id: str | None = None) -> Self:
        """The files of a user, with the placeholders filled in for which a value is given.

        Raises:
            InvalidPathError: A value is more than one segment of a path.
        """
        user = self._user_id if user_id is None else str(user_id)
        if not self._open and user == self._user_id:
            return self
        name = self.namespace
        for placeholder, value in (("user_id", user_id), ("agent_id", agent_id), ("team_id", team_id)):
            if placeholder in self._open and value is not None:
                name = name.replace(f"{{{placeholder}}}", normalize_template_value(placeholder, value))
        return self._bound(name, user, self.user_scoped)

    def in_run(self, run_context: Any = None, agent: Any = None, team: Any = None) -> Self:
        """The files of a run: what a model says has no part in which they are.

        Raises:
            InvalidPathError: The run has no user where the files have one, or no value for a placeholder.
        """
        user = getattr(run_context, "user_id", None)
        if user is not None and not str(user).strip():
            user = None
        if self.user_scoped and user is None:
            raise InvalidPathError(
                "These files belong to single users, and the run has no user_id.", hint="Run the agent with one."
            )
        own = user if self.user_scoped or "user_id" in self._open else None
        ids = {"agent_id": getattr(agent, "id", None), "team_id": getattr(team, "id", None)}
        made = self.resolve(user_id=own, **ids)
        made._place()  # noqa: SLF001 - of the same class
        return made

    def tools(
        self, *, read_only: bool | None = None, allow_delete: bool | None = None, **options: Any
    ) -> FileSystemTools:
        """The toolkit over these files; what is not given is as the `FileSystem` has it.

        Args:
            read_only: Only the tools that read.
            allow_delete: One that deletes as well.
            **options: See `Toolkit`; `add_instructions` lets the toolkit tell the model how to use it.
        """
        from wherry.fs.toolkit import FileSystemTools

        if self.include_tools is not None:
            options.setdefault("include_tools", list(self.include_tools))
        if self._instructions is not None:
            options.setdefault("instructions", self._instructions)
        return FileSystemTools(
            fs=self,
            read_only=self.read_only if read_only is None else read_only,
            allow_delete=self.allow_delete if allow_delete is None else allow_delete,
            **options,
        )

    @staticmethod
    def instructions(read_only: bool = False) -> str:
        """How an agent is to use its files, for its instructions."""
        return READ_ONLY_INSTRUCTIONS if read_only else USUAL_INSTRUCTIONS

    def to_dict(self) -> dict[str, Any]:
        """The settings, with the id of the database in place of the database.

        Raises:
            TypeError: The backend is one of the user's own, or of a database without an id.
        """
        return describing.described(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any], *, db: Any = None) -> Self:
        """A `FileSystem` of what `to_dict` gave.

        Raises:
            ConfigurationError: (a ValueError) The backend is unknown, or the database is not the one it was.
        """
        settings, in_one_form = describing.settings_of(data, db)
        if not in_one_form:
            return cls(**settings)
        namespace = settings.pop("namespace")
        return cls(**settings)._bound(namespace, None, settings["user_scoped"])  # noqa: SLF001 - of the same class
