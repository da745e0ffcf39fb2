"""`Workspace`: a folder as tools of an agent. Mirrors `agno.tools.workspace`.

The methods below hold names, parameters and descriptions, which the model sees; `reading`, `writing` and `commands` do
the work, on paths that `places` has let through. Each method has an async twin, made of it.
"""

from __future__ import annotations

import asyncio
import inspect
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_error, log_info
from wherry.core.tools.toolkit import Toolkit
from wherry.tools.workspace import commands, reading, writing
from wherry.tools.workspace.places import Places, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EDITING = (
    "Call read_file before edit_file: it shows the text as it is, behind line numbers. Give old_str as it stands "
    "there, without the number in front of it and never from memory."
)


class Workspace(Toolkit):
    """A folder that an agent reads, changes and runs commands in. Mirrors `agno.tools.workspace.Workspace`.

    Tools go by short names: ``read`` (`read_file`), ``list`` (`list_files`), ``search`` (`search_content`), ``write``
    (`write_file`), ``edit`` (`edit_file`), ``move`` (`move_file`), ``delete`` (`delete_file`) and ``shell``
    (`run_command`). Those in neither list are not there. With neither list, those that read are allowed and the others
    wait for a person's yes.

    Files are reached below the root alone, links followed, and not where `exclude_patterns` say no. A command is a
    process with the rights of this one: nothing holds it in the folder.

    Args:
        root: The folder; the current one when it is not given.
        allowed: Tools that run at once.
        confirm: Tools that wait for a person's yes.
        require_read_before_write: Refuse to change a file that was not read through this toolkit before.
        max_file_lines: How many lines are read at once.
        max_file_length: How many characters are read at once, and how long a file may be that is edited.
        exclude_patterns: Names that no path may have a part of; ``!name`` spares one. The usual when not given.
        allow_paths: Paths below the root that stay within reach although they are excluded.
        **kwargs: See `Toolkit`.

    Raises:
        TypeError: `allowed`, `confirm` or `allow_paths` is no list.
        ValueError: An unknown tool, one in both lists, a pattern or a path that cannot be meant.
    """

    READ_TOOLS: ClassVar[list[str]] = ["read", "list", "search"]
    WRITE_TOOLS: ClassVar[list[str]] = ["write", "edit", "move", "delete", "shell"]
    ALL_TOOLS: ClassVar[list[str]] = READ_TOOLS + WRITE_TOOLS
    _ALIASES: ClassVar[dict[str, str]] = {
        "read": "read_file",
        "list": "list_files",
        "search": "search_content",
        "write": "write_file",
        "edit": "edit_file",
        "move": "move_file",
        "delete": "delete_file",
        "shell": "run_command",
    }

    def __init__(
        self,
        root: str | Path | None = None,
        allowed: list[str] | None = None,
        confirm: list[str] | None = None,
        require_read_before_write: bool = False,
        max_file_lines: int = 100_000,
        max_file_length: int = 10_000_000,
        exclude_patterns: list[str] | None = None,
        allow_paths: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.root = Path.cwd().resolve() if root is None else Path(root).resolve()
        self.max_file_lines = max_file_lines
        self.max_file_length = max_file_length
        self.require_read_before_write = require_read_before_write
        self._places = Places(self.root, exclude_patterns, allow_paths)
        self._read_paths: set[Path] = set()
        at_once, asked = self._partitions(allowed, confirm)
        names = [self._ALIASES[one] for one in (*at_once, *asked)]
        told = {"instructions": _EDITING, "add_instructions": True} if "edit_file" in names else {}
        super().__init__(
            name="workspace",
            tools=[getattr(self, name) for name in names],
            async_tools=[(getattr(self, f"a{name}"), name) for name in names],
            requires_confirmation_tools=[self._ALIASES[one] for one in asked],
            **{**told, **kwargs},
        )

    @classmethod
    def _partitions(cls, allowed: Any, confirm: Any) -> tuple[list[str], list[str]]:
        """The tools that run at once, and those that wait for a yes."""
        for option, given in (("allowed", allowed), ("confirm", confirm)):
            if given is not None and not isinstance(given, list):
                raise TypeError(f"`{option}` must be a list of some of {cls.ALL_TOOLS}, and is {given!r}.")
            unknown = sorted(set(given or ()) - set(cls.ALL_TOOLS))
            if unknown:
                raise ConfigurationError(f"{option} names unknown tools: {unknown!r}.", hint=f"Known: {cls.ALL_TOOLS}.")
        if allowed is None and confirm is None:
            return list(cls.READ_TOOLS), list(cls.WRITE_TOOLS)
        at_once, asked = list(allowed or ()), list(confirm or ())
        both = sorted(set(at_once) & set(asked))
        if both:
            hint = "A tool runs at once or waits for a yes."
            raise ConfigurationError(f"Tools are in allowed as well as in confirm: {both!r}.", hint=hint)
        return at_once, asked

    @property
    def exclude_patterns(self) -> list[str]:
        """Names that are excluded; changes take effect at once."""
        return self._places.patterns

    @exclude_patterns.setter
    def exclude_patterns(self, patterns: Sequence[str]) -> None:
        self._places.patterns = list(patterns)

    @property
    def allow_paths(self) -> list[str]:
        """Paths that stay within reach; changes take effect at once."""
        return self._places.allowed

    @allow_paths.setter
    def allow_paths(self, paths: Sequence[str]) -> None:
        self._places.allowed = list(paths)

    def _answer(self, what: str, act: Callable[..., str], *given: Any) -> str:
        """What a tool answers; whatever goes wrong is an answer."""
        try:
            return act(*given)
        except Refused as refused:
            text = str(refused)
            return f"Error {text}" if text.startswith("(exit") else f"Error: {text}"
        except OSError as error:  # its text has the path on the machine, which is no business of a model's
            log_error(f"A workspace could not {what}: {error!r}")
            return f"Error: could not {what}: {error.strerror or error}"
        except Exception as error:  # noqa: BLE001 - an encoding that is none, a pattern that cannot be
            log_error(f"A workspace could not {what}: {error!r}")
            return f"Error: could not {what}: {error}"

    def _file(self, path: str, change: str = "") -> Path:
        """A file that is there, and may be changed where that is wanted."""
        target = self._places.resolve(path)
        if not target.is_file():
            raise Refused(f"file not found: {path}")
        self._check_was_read(target, change)
        return target

    def _check_was_read(self, target: Path, change: str) -> None:
        if change and self.require_read_before_write and target.exists() and target not in self._read_paths:
            raise Refused(
                f"require_read_before_write: {target.name} was not read yet; call read_file before you {change} it."
            )

    def read_file(
        self,
        path: str,
        start_line: Optional[int] = None,  # noqa: UP045 - described in another way to models than a union
        end_line: Optional[int] = None,  # noqa: UP045 - as above
        encoding: str = "utf-8",
    ) -> str:
        """Read a file. Each line is shown behind its number in the file and a tab, which are no part of it.

        Args:
            path: Which file, relative to the root of the workspace.
            start_line: The first line to read, from 1 on; the file's first when left out.
            end_line: The last line to read; the file's last when left out.
            encoding: How the text is encoded.
        """

        def act() -> str:
            target = self._file(path)
            limits = reading.Limits(self.max_file_lines, self.max_file_length)
            text = reading.read(target, start_line, end_line, encoding, limits)
            self._read_paths.add(target)
            return text

        return self._answer("read the file", act)

    def list_files(
        self,
        directory: str = ".",
        pattern: Optional[str] = None,  # noqa: UP045 - as above
        recursive: bool = False,
        max_depth: int = 3,
    ) -> str:
        """List what is in a directory: paths, whether each is a file or a directory, and the sizes of files.

        Directories of tools, builds and secrets are left out.

        Args:
            directory: Which directory, relative to the root; "." for the root itself.
            pattern: Only names like this, for example "*.md"; "**/*.md" for all below, when not recursive.
            recursive: Whether to list what is in directories below, too.
            max_depth: How many directories deep, when recursive.
        """
        return self._answer("list files", reading.listing, self._places, directory, pattern, recursive, max_depth)

    def search_content(self, query: str, directory: str = ".", limit: int = 10) -> str:
        """Find a text in the files of a directory and all below it, in upper and lower case alike.

        Each file is told with its size and what stands around the first place. Files of more than 500 KB, and those
        whose names are not of a text, are left out.

        Args:
            query: The text.
            directory: Where to look, relative to the root; "." for everywhere.
            limit: The greatest number of files.
        """
        return self._answer("search", reading.search, self._places, query, directory, limit)

    def write_file(self, path: str, content: str, overwrite: bool = True, encoding: str = "utf-8") -> str:
        """Write a file, new or in the place of the one that is there. Directories need not exist.

        Args:
            path: Where, relative to the root.
            content: The whole text.
            overwrite: False to leave a file alone that is there.
            encoding: How the text is to be encoded.
        """

        def act() -> str:
            target = self._places.resolve(path)
            if overwrite:
                self._check_was_read(target, "overwrite")
            told = writing.write(target, path, content, overwrite, encoding)
            self._read_paths.add(target)  # whoever wrote it knows what is in it
            return told

        return self._answer("write the file", act)

    def edit_file(
        self, path: str, old_str: str, new_str: str, replace_all: bool = False, encoding: str = "utf-8"
    ) -> str:
        """Put a text in another's place within a file. The other has to be there just once, unless all are replaced.

        Args:
            path: Which file, relative to the root.
            old_str: The text to replace, as it stands in the file.
            new_str: What stands there afterwards.
            replace_all: Replace it wherever it is.
            encoding: How the file is encoded.
        """

        def act() -> str:
            if not old_str:
                raise Refused("old_str is empty.")
            target = self._file(path, "edit")
            return writing.edit(target, path, old_str, new_str, replace_all, encoding, self.max_file_length)

        return self._answer("edit the file", act)

    def move_file(self, src: str, dst: str, overwrite: bool = False) -> str:
        """Give a file another name or place. Directories need not exist.

        Args:
            src: Where it is, relative to the root.
            dst: Where it goes, relative to the root.
            overwrite: Whether a file that is there may go.
        """

        def act() -> str:
            source, target = self._places.resolve(src, "src"), self._places.resolve(dst, "dst")
            if not target.exists() or overwrite:
                self._check_was_read(source, "move")
            told = writing.move(source, target, src, dst, overwrite)
            if source in self._read_paths:
                self._read_paths.discard(source)
                self._read_paths.add(target)
            return told

        return self._answer("move the file", act)

    def delete_file(self, path: str) -> str:
        """Delete a file for good. Directories are not deleted.

        Args:
            path: Which file, relative to the root.
        """

        def act() -> str:
            target = self._places.resolve(path)
            if not target.is_dir():
                self._check_was_read(target, "delete")
            told = writing.delete(target, path)
            self._read_paths.discard(target)
            return told

        return self._answer("delete the file", act)

    def run_command(self, args: list[str], tail: int = 100, timeout: int = 120) -> str:
        """Run a command in the root of the workspace, and see the end of what it writes.

        No shell reads it, so that quotes, `*` and `|` mean nothing; for those pass ["bash", "-c", "…"].

        Args:
            args: The command and its arguments, for example ["ls", "-la"].
            tail: How many lines from the end to show.
            timeout: Seconds after which it is ended.
        """
        log_info(f"A workspace runs {args!r}")
        return self._answer("run the command", commands.run, args, self.root, tail, timeout)


def _twin(name: str) -> Any:
    """A tool for async runs: the same parameters and description, the work done in a thread."""
    method = getattr(Workspace, name)
    signature = inspect.signature(method)

    @wraps(method)
    async def threaded(self: Workspace, *args: Any, **given: Any) -> str:
        bound = signature.bind(self, *args, **given)
        told: str = await asyncio.to_thread(getattr(self, name), *bound.args[1:], **bound.kwargs)
        return told

    threaded.__name__, threaded.__qualname__ = f"a{name}", f"Workspace.a{name}"
    return threaded


for _name in Workspace._ALIASES.values():  # noqa: SLF001 - its own module
    setattr(Workspace, f"a{_name}", _twin(_name))
