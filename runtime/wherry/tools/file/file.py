"""`FileTools`: the files of a folder, as tools of an agent. Mirrors `agno.tools.file.file`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

from wherry.core.errors import PathSecurityError
from wherry.core.log import log_error
from wherry.core.matrix import module_getattr
from wherry.core.path_safety import safe_join_relative_path
from wherry.core.tools.toolkit import Toolkit
from wherry.tools.file.kinds import TEXT_EXTENSIONS
from wherry.tools.local_files.excluding import path_matches_exclude
from wherry.tools.local_files.names import DEFAULT_EXCLUDE_PATTERNS
from wherry.tools.local_files.texts import files_below, leads_to, matches, open_text, put_text

__all__ = ["DEFAULT_EXCLUDE_PATTERNS", "TEXT_EXTENSIONS", "FileTools", "path_matches_exclude"]

_BYTES_A_CHARACTER = 4  # at most


class _Refused(Exception):
    """A tool does not do what it was asked for; the text says why."""


class FileTools(Toolkit):
    """Reading and writing the files of a folder. Mirrors `agno.tools.file.FileTools`.

    No path leads out of the folder, links followed. `exclude_patterns` shorten what is listed and searched; they keep
    nobody from a file whose name is known, which `Workspace` does.

    Args:
        base_dir: The folder; the current one when it is not given.
        enable_save_file: Offer `save_file`.
        enable_read_file: Offer `read_file`.
        enable_delete_file: Offer `delete_file`.
        enable_list_files: Offer `list_files`.
        enable_search_files: Offer `search_files`.
        enable_read_file_chunk: Offer `read_file_chunk`.
        enable_replace_file_chunk: Offer `replace_file_chunk`.
        enable_search_content: Offer `search_content`.
        expose_base_directory: Name the folder in what `search_files` answers, and paths with it.
        max_file_length: How many characters `read_file` reads.
        max_file_lines: How many lines.
        line_separator: What parts lines.
        exclude_patterns: Names that are passed over; ``!name`` spares one. The usual when not given.
        all: Offer all of them.
        **kwargs: See `Toolkit`.
    """

    def __init__(
        self,
        base_dir: Path | None = None,
        enable_save_file: bool = True,
        enable_read_file: bool = True,
        enable_delete_file: bool = False,
        enable_list_files: bool = True,
        enable_search_files: bool = True,
        enable_read_file_chunk: bool = True,
        enable_replace_file_chunk: bool = True,
        enable_search_content: bool = True,
        expose_base_directory: bool = False,
        max_file_length: int = 10000000,
        max_file_lines: int = 100000,
        line_separator: str = "\n",
        exclude_patterns: list[str] | None = None,
        all: bool = False,
        **kwargs: Any,
    ) -> None:
        self.base_dir = (base_dir or Path.cwd()).resolve()
        self.max_file_length = max_file_length
        self.max_file_lines = max_file_lines
        self.line_separator = line_separator
        self.expose_base_directory = expose_base_directory
        self.exclude_patterns = list(DEFAULT_EXCLUDE_PATTERNS) if exclude_patterns is None else exclude_patterns
        offered: list[tuple[bool, Callable[..., str]]] = [
            (enable_save_file, self.save_file),
            (enable_read_file, self.read_file),
            (enable_list_files, self.list_files),
            (enable_search_files, self.search_files),
            (enable_delete_file, self.delete_file),
            (enable_read_file_chunk, self.read_file_chunk),
            (enable_replace_file_chunk, self.replace_file_chunk),
            (enable_search_content, self.search_content),
        ]
        tools = [one for enabled, one in offered if enabled or all]
        super().__init__(name="file_tools", tools=tools, **kwargs)

    def _answer(self, what: str, act: Callable[[], str]) -> str:
        """What a tool answers; whatever goes wrong is an answer."""
        try:
            return act()
        except _Refused as refused:
            return f"Error {what}: {refused}"
        except OSError as error:  # its text has the path on the machine, which is no business of a model's
            log_error(f"FileTools failed {what}: {error!r}")
            return f"Error {what}: {error.strerror or error}"
        except Exception as error:  # noqa: BLE001 - an encoding that is none, a pattern that cannot be
            log_error(f"FileTools failed {what}: {error!r}")
            return f"Error {what}: {error}"

    def _place(self, name: str) -> Path:
        try:
            return safe_join_relative_path(self.base_dir, name)
        except (PathSecurityError, OSError) as error:
            log_error(f"FileTools refused {name!r}, which leads out of {self.base_dir}")
            raise _Refused(f"{name!r} leads out of the folder, where all paths are relative") from error

    def _passed_over(self, path: Path) -> bool:
        """Whether listings leave a path out: it is excluded, or leads out of the folder."""
        return leads_to(path, self.base_dir) is None or path_matches_exclude(path, self.base_dir, self.exclude_patterns)

    def save_file(self, contents: str, file_name: str, overwrite: bool = True, encoding: str = "utf-8") -> str:  # noqa: D417 - nor does Agno tell
        """Save a text as a file, and get its name back. Folders need not exist.

        Args:
            contents: The text.
            file_name: Where, relative to the folder.
            overwrite: False to leave a file alone that is there.
        """

        def act() -> str:
            target = self._place(file_name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() and not overwrite:
                return f"There is a file {file_name} already, and overwrite is false"
            put_text(target, contents, encoding)
            return str(file_name)

        return self._answer("saving file", act)

    def read_file_chunk(self, file_name: str, start_line: int, end_line: int, encoding: str = "utf-8") -> str:
        """Read some lines of a file.

        Args:
            file_name: Which file, relative to the folder.
            start_line: The first line, from 0 on.
            end_line: The last line.
            encoding: How the text is encoded; utf-8 when left out.
        """
        part = slice(start_line, end_line + 1)
        return self._answer("reading file", lambda: self._joined(self._lines(file_name, encoding)[part]))

    def replace_file_chunk(
        self, file_name: str, start_line: int, end_line: int, chunk: str, encoding: str = "utf-8"
    ) -> str:
        """Put other lines in the place of some, and get the name of the file back.

        Args:
            file_name: Which file, relative to the folder.
            start_line: The first line to replace, from 0 on.
            end_line: The last line to replace.
            chunk: What stands there afterwards, of one or more lines.
            encoding: How the text is encoded; utf-8 when left out.
        """

        def act() -> str:
            if start_line < 0 or end_line < start_line:
                raise _Refused(f"lines {start_line} to {end_line} cannot be; 0 <= start_line <= end_line")
            lines = self._lines(file_name, encoding)
            count = len(lines) - (lines[-1] == "")  # a separator at the end begins no line
            if end_line >= count:
                raise _Refused(f"end_line {end_line} is behind the last line, {count - 1}")
            text = self._joined([*lines[:start_line], chunk, *lines[end_line + 1 :]])
            return self.save_file(contents=text, file_name=file_name, encoding=encoding)

        return self._answer("patching file", act)

    def _lines(self, file_name: str, encoding: str) -> list[str]:
        with open_text(self._place(file_name), encoding) as file:
            return file.read().split(self.line_separator)

    def _joined(self, lines: list[str]) -> str:
        return self.line_separator.join(lines)

    def read_file(self, file_name: str, encoding: str = "utf-8") -> str:
        """Read a file.

        Args:
            file_name: Which file, relative to the folder.
            encoding: How the text is encoded; utf-8 when left out.
        """

        def act() -> str:
            target = self._place(file_name)
            long = _Refused("the file is too long to read at once; read a part of it by read_file_chunk")
            if target.stat().st_size > self.max_file_length * _BYTES_A_CHARACTER:
                raise long
            with open_text(target, encoding) as file:
                text = file.read()
            if len(text) > self.max_file_length or len(text.split(self.line_separator)) > self.max_file_lines:
                raise long
            return text

        return self._answer("reading file", act)

    def delete_file(self, file_name: str) -> str:
        """Delete a file, or a folder that is empty; nothing is told when it is done.

        Args:
            file_name: Which one, relative to the folder.
        """

        def act() -> str:
            target = self._place(file_name)
            if target.is_dir():
                target.rmdir()
            else:
                target.unlink()
            return ""

        return self._answer("removing file", act)

    def list_files(self, directory: str = ".") -> str:
        """List what is in a folder, as JSON.

        Args:
            directory: Which one, relative to the folder of all files; that folder itself when left out.
        """

        def act() -> str:
            try:
                place = self._place(directory) if directory else self.base_dir
            except _Refused:
                return "{}"
            found = [one for one in place.iterdir() if not self._passed_over(one)]
            return json.dumps([one.relative_to(self.base_dir).as_posix() for one in found], indent=4)

        return self._answer("reading files", act)

    def search_files(self, pattern: str) -> str:
        """Find files by their names, and get their paths as JSON.

        Args:
            pattern: What the paths are like, for example "*.txt" or "**/*.py".
        """

        def act() -> str:
            if not pattern or not pattern.strip():
                raise _Refused("the pattern is empty")
            found = [one for one in self.base_dir.glob(pattern) if not self._passed_over(one)]
            told: dict[str, Any] = {"pattern": pattern, "matches_found": len(found)}
            if self.expose_base_directory:
                told |= {"base_directory": str(self.base_dir), "files": [str(one) for one in found]}
            else:
                told["files"] = [one.relative_to(self.base_dir).as_posix() for one in found]
            return json.dumps(told, indent=2)

        return self._answer("searching files", act)

    def search_content(
        self,
        query: str,
        directory: Optional[str] = None,  # noqa: UP045 - described in another way to models than a union
        limit: int = 10,
    ) -> str:
        """Find a text in the files of the folder and all below it, in upper and lower case alike.

        Files of more than 500 KB, and those whose names are not of a text, are left out.

        Args:
            query: The text.
            directory: Where to look, relative to the folder; everywhere when left out.
            limit: The greatest number of files.
        """

        def act() -> str:
            if not query or not query.strip():
                raise _Refused("the query is empty")
            place = self._place(directory) if directory else self.base_dir
            if not place.is_dir():
                raise _Refused(f"{directory!r} is no directory")
            below = files_below(place, self._excluded)
            found = matches(
                query, (one for one in below if not self._passed_over(one)), self.base_dir, TEXT_EXTENSIONS, limit
            )
            return json.dumps({"query": query, "matches_found": len(found), "files": found}, indent=2)

        return self._answer("searching content", act)

    def _excluded(self, path: Path) -> bool:
        return path_matches_exclude(path, self.base_dir, self.exclude_patterns)


__getattr__ = module_getattr(__name__, "agno.tools.file.file")
