"""`FileSystemTools`: a `FileSystem` as tools of an agent; made by `FileSystem.tools()`. Mirrors `agno.fs.toolkit`.

The methods below hold names, parameters and descriptions, which the model sees; `answering` does the work. Each has an
async twin, made of it.
"""

# ruff: noqa: D417 - run_context, agent and team are a run's to give, and no model reads of them

from __future__ import annotations

import inspect
from functools import wraps
from typing import Any, Optional

from wherry.core.errors import ConfigurationError, WherryError
from wherry.core.log import log_error, log_warning
from wherry.core.run_context import RunContext  # noqa: TC001 - tools are described by their annotations
from wherry.core.tools.toolkit import Toolkit
from wherry.core.waits import BLOCKING, LOOPING, Waits, finish
from wherry.fs import answering
from wherry.fs._paths import build_chunk, normalize_directory, path_sort_key  # noqa: F401 - names that Agno has here
from wherry.fs.errors import QuotaExceededError
from wherry.fs.fs import FileSystem

_BY_RUN = ("run_context", "agent", "team")


class FileSystemTools(Toolkit):
    """Tools that read and write one agent's files.

    Args:
        fs: The files.
        read_only: Only the tools that read.
        allow_delete: One that deletes as well.
        instructions: How to use them; the usual by default.
        add_instructions: Tell the model so.
        **options: See `Toolkit`. `include_tools` chooses among all nine, `check_lines` and `delete_file` too.

    Raises:
        ConfigurationError: (a ValueError) `read_only` beside `allow_delete`.
    """

    FULL_TOOLS = [  # noqa: RUF012 - Agno's lists, which users add together
        "read_file",
        "write_file",
        "append_file",
        "replace_lines",
        "list_files",
        "search_content",
        "check_lines",
        "move_file",
        "delete_file",
    ]
    DEFAULT_TOOLS = [name for name in FULL_TOOLS if name not in {"check_lines", "delete_file"}]  # noqa: RUF012 - as above
    READ_ONLY_TOOLS = ["read_file", "list_files", "search_content"]  # noqa: RUF012 - as above
    _READING = (*READ_ONLY_TOOLS, "check_lines")

    def __init__(
        self,
        fs: FileSystem,
        read_only: bool = False,
        allow_delete: bool = False,
        instructions: str | None = None,
        add_instructions: bool = False,
        **options: Any,
    ) -> None:
        if read_only and allow_delete:
            hint = "Leave one of them out."
            raise ConfigurationError("allow_delete=True contradicts read_only=True.", hint=hint)
        self.fs, self.read_only, self.allow_delete = fs, read_only, allow_delete
        names = self._names(options.get("include_tools"))
        if options.get("exclude_tools"):
            unknown = [name for name in options["exclude_tools"] if name not in self.FULL_TOOLS]
            if unknown:
                log_warning(f"exclude_tools names no tools of files: {unknown!r}; known are {self.FULL_TOOLS}.")
            options["exclude_tools"] = [name for name in options["exclude_tools"] if name in names]
        super().__init__(
            name=options.pop("name", "filesystem"),
            tools=[getattr(self, name) for name in names],
            async_tools=[(getattr(self, f"a{name}"), name) for name in names],
            instructions=FileSystem.instructions(read_only) if instructions is None else instructions,
            add_instructions=add_instructions,
            **options,
        )

    def _names(self, chosen: Any) -> list[str]:
        if chosen is not None:
            return list(self._READING if self.read_only else self.FULL_TOOLS)
        if self.read_only:
            return self.READ_ONLY_TOOLS
        return [*self.DEFAULT_TOOLS, "delete_file"] if self.allow_delete else self.DEFAULT_TOOLS

    @property
    def can_write(self) -> bool:
        """Whether one of the tools changes files."""
        return any(name not in self._READING for name in self.functions)

    async def _answer(self, waits: Waits, name: str, given: dict[str, Any]) -> str:
        """What a tool answers; whatever goes wrong is an answer."""
        run = {by: given.pop(by, None) for by in _BY_RUN}
        try:
            files = self.fs.in_run(**run)
            answer: str = await getattr(answering, name)(waits, files, **given)
        except QuotaExceededError as error:
            return answering.full(error, str(given.get("path")))
        except WherryError as error:
            return f"Error: {error.message}"
        except OSError as error:  # its text has the path on the machine, which is no business of a model's
            log_error(f"{name} failed: {error!r}")
            return f"Error: {error.strerror or type(error).__name__}"
        except Exception as error:  # noqa: BLE001 - the model is to learn of whatever a backend raises
            log_error(f"{name} failed: {error!r}")
            return f"Error: {error}"
        return answer

    def _now(self, name: str, **given: Any) -> str:
        return finish(self._answer(BLOCKING, name, given))

    def read_file(
        self,
        path: str,
        start_line: Optional[int] = None,  # noqa: UP045 - described in another way to models than a union
        end_line: Optional[int] = None,  # noqa: UP045 - as above
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """Read one of your files. Each line is shown with its number, from 1 on.

        The numbers are not a part of the file: leave them out of what you write, append or replace.

        Args:
            path: Which file, for example "notes/decisions.md".
            start_line: The first line to read, from 1 on.
            end_line: The last line to read.
        """
        given = {"run_context": run_context, "agent": agent, "team": team}
        return self._now("read_file", path=path, start_line=start_line, end_line=end_line, **given)

    def list_files(
        self,
        directory: str = ".",
        pattern: Optional[str] = None,  # noqa: UP045 - as above
        recursive: bool = False,
        max_depth: int = 3,
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """List your files with their sizes and when they changed (UTC), and how much room is taken.

        Args:
            directory: Which directory; "." for all, for example "notes".
            pattern: Only names like this, for example "*.md".
            recursive: Whether to list what is in directories below, too.
            max_depth: How deep, when recursive.
        """
        given = {"run_context": run_context, "agent": agent, "team": team, "max_depth": max_depth}
        return self._now("list_files", directory=directory, pattern=pattern, recursive=recursive, **given)

    def search_content(
        self,
        query: str,
        directory: str = ".",
        limit: int = 10,
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """Find a text in your files, in upper and lower case alike.

        For each file you get the line of the first place, to read on from there, the text around it, and how many
        places there are.

        Args:
            query: The text.
            directory: Where to look; "." for everywhere.
            limit: The greatest number of files.
        """
        given = {"run_context": run_context, "agent": agent, "team": team}
        return self._now("search_content", query=query, directory=directory, limit=limit, **given)

    def check_lines(
        self,
        lines: list[str],
        directory: str = ".",
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """Tell which of these lines are in your files already, as whole lines.

        Ask before you work on something, so that nothing is done twice; then add what is new with append_file.

        Args:
            lines: What to look for, for example addresses or ids, exactly as they are written down; at most 200.
            directory: Where to look; "." for everywhere.
        """
        given = {"run_context": run_context, "agent": agent, "team": team}
        return self._now("check_lines", lines=lines, directory=directory, **given)

    def write_file(
        self,
        path: str,
        content: str,
        overwrite: bool = True,
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """Write a file, new or in the place of the one that is there. To add lines to a list use append_file.

        Args:
            path: Where, for example "notes/plan.md"; directories need not exist.
            content: The whole text.
            overwrite: False to leave a file alone that is there.
        """
        given = {"run_context": run_context, "agent": agent, "team": team}
        return self._now("write_file", path=path, content=content, overwrite=overwrite, **given)

    def append_file(
        self,
        path: str,
        content: str,
        unique: bool = False,
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """Add lines to a file, or make it of them. What is added begins on a line of its own.

        Write one record a line, so that it can be found again.

        Args:
            path: Which file; directories need not exist.
            content: One line or several.
            unique: Leave out lines that the file has already; use it for lists of records.
        """
        given = {"run_context": run_context, "agent": agent, "team": team}
        return self._now("append_file", path=path, content=content, unique=unique, **given)

    def replace_lines(
        self,
        path: str,
        start_line: int,
        end_line: int,
        content: str = "",
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """Put other lines in the place of some, or delete them, and leave the rest of the file alone.

        Read the file first, for the numbers of the lines. Give the text alone, without numbers.

        Args:
            path: Which file.
            start_line: The first line to replace, from 1 on.
            end_line: The last line to replace.
            content: What stands there afterwards; nothing deletes the lines.
        """
        given = {"run_context": run_context, "agent": agent, "team": team, "content": content}
        return self._now("replace_lines", path=path, start_line=start_line, end_line=end_line, **given)

    def move_file(
        self,
        src: str,
        dst: str,
        overwrite: bool = False,
        *,
        run_context: RunContext | None = None,
        agent: Any = None,
        team: Any = None,
    ) -> str:
        """Give a file another name or place.

        Args:
            src: Where it is.
            dst: Where it goes; directories need not exist.
            overwrite: Whether a file that is there may go.
        """
        given = {"run_context": run_context, "agent": agent, "team": team}
        return self._now("move_file", src=src, dst=dst, overwrite=overwrite, **given)

    def delete_file(
        self, path: str, *, run_context: RunContext | None = None, agent: Any = None, team: Any = None
    ) -> str:
        """Delete a file for good.

        Args:
            path: Which file.
        """
        return self._now("delete_file", path=path, run_context=run_context, agent=agent, team=team)


def _twin(name: str) -> Any:
    """A tool for async runs: the same parameters and description, the async methods of the files."""
    method = getattr(FileSystemTools, name)
    signature = inspect.signature(method)

    @wraps(method)
    async def looping(self: FileSystemTools, *args: Any, **given: Any) -> str:
        bound = signature.bind(self, *args, **given)
        bound.apply_defaults()
        return await self._answer(LOOPING, name, dict(list(bound.arguments.items())[1:]))

    looping.__name__, looping.__qualname__ = f"a{name}", f"FileSystemTools.a{name}"
    return looping


for _name in FileSystemTools.FULL_TOOLS:
    setattr(FileSystemTools, f"a{_name}", _twin(_name))
