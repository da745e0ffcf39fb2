"""A folder as a knowledge base: the model searches, lists and reads its files by three tools.

Mirrors `agno.knowledge.filesystem`. Agents ask it by the knowledge protocol; nothing is embedded or stored.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_warning
from wherry.corpus.document import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

_MATCHES_OF_A_FILE = 10
_MATCHES_TOLD = 5


@dataclass
class FileSystemKnowledge:
    """The files of a folder as a knowledge base; mirrors `agno.knowledge.filesystem.FileSystemKnowledge`.

    As with Agno 3.1.10, an agent with this as its `knowledge` has the tool `search_knowledge_base`; give it
    `tools=knowledge.get_tools()` as well for listing and whole files.

    Attributes:
        base_dir: The folder; nothing outside of it is read.
        max_results: Files of a search or list that does not say how many.
        include_patterns: Only files with such names (`*.md`); empty: all.
        exclude_patterns: Files and folders with such a part in their path below the folder are left out.

    Raises:
        ConfigurationError: (a ValueError) there is no such folder.
    """

    base_dir: str
    max_results: int = 50
    include_patterns: list[str] = field(default_factory=list)
    exclude_patterns: list[str] = field(
        default_factory=lambda: [".git", "__pycache__", "node_modules", ".venv", "venv"]
    )

    def __post_init__(self) -> None:
        self.base_path = Path(self.base_dir).resolve()
        if not self.base_path.exists():
            raise ConfigurationError(f"Directory does not exist: {self.base_dir!r}", hint="Make it, or name another.")
        if not self.base_path.is_dir():
            raise ConfigurationError(f"Path is not a directory: {self.base_dir!r}", hint="Name the folder around it.")

    def build_context(self, **given: Any) -> str:
        """What the model is told about the folder and its tools."""
        return (
            f"The files of the folder {self.base_dir} are your knowledge base. Look into them before you answer, and "
            "answer from what they say, not from memory. Of these tools, use those that you have:\n"
            "- search_knowledge_base(query) or grep_file(query): find files by words or a regular expression.\n"
            '- list_files(pattern): see which files there are; "*" for all, "*.md" for a kind.\n'
            "- get_file(path): read a whole file."
        )

    def get_tools(self, **given: Any) -> list[Any]:
        """The three tools: `grep_file`, `list_files`, `get_file`."""
        return [self._create_grep_tool(), self._create_list_files_tool(), self._create_get_file_tool()]

    async def aget_tools(self, **given: Any) -> list[Any]:
        """`get_tools` for async code."""
        return self.get_tools(**given)

    def retrieve(self, query: str, max_results: int | None = None, **given: Any) -> list[Document]:
        """Files that match a query, for `add_knowledge_to_context`; ten of them unless another number is given."""
        return self._grep(query, max_results or 10)

    async def aretrieve(self, query: str, max_results: int | None = None, **given: Any) -> list[Document]:
        """`retrieve` in a thread."""
        return await asyncio.to_thread(self.retrieve, query, max_results)

    # Looking into the folder, by Agno's places for subclasses to look otherwise.

    def files(self) -> Iterator[tuple[Path, str]]:
        """Every file that is not left out, with its path below the folder."""
        for root, folders, names in os.walk(self.base_path):
            folders[:] = sorted(name for name in folders if not any(part in name for part in self.exclude_patterns))
            for name in sorted(names):
                path = Path(root) / name
                below = path.relative_to(self.base_path).as_posix()
                if not self._should_include_file(path):
                    continue
                if path.is_file() and path.resolve().is_relative_to(self.base_path):
                    yield path, below

    def _should_include_file(self, file_path: Path) -> bool:
        """Whether a file belongs to the knowledge base by its path below the folder, and by its name."""
        inside = file_path.is_relative_to(self.base_path)
        below = (file_path.relative_to(self.base_path) if inside else file_path).as_posix()
        if any(part in below for part in self.exclude_patterns):
            return False
        return not self.include_patterns or any(fnmatch(file_path.name, pattern) for pattern in self.include_patterns)

    def _grep(self, query: str, max_results: int | None = None) -> list[Document]:
        """Files whose text matches, each with the lines around its first matches."""
        try:
            pattern = re.compile(query, re.IGNORECASE)
        except re.error:
            pattern = re.compile(re.escape(query), re.IGNORECASE)
        found: list[Document] = []
        for path, below in self.files():
            if len(found) >= (max_results or self.max_results):
                break
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                log_warning(f"{below!r} of the knowledge base cannot be read: {error}")
                continue
            if (document := _matches(pattern, text, path, below)) is not None:
                found.append(document)
        return found

    def _list_files(self, query: str, max_results: int | None = None) -> list[Document]:
        """Files whose name, or path below the folder, fits a pattern."""
        found: list[Document] = []
        for path, below in self.files():
            if len(found) >= (max_results or self.max_results):
                break
            if query in ("", "*") or fnmatch(path.name, query) or fnmatch(below, query):
                about = {**_about("file_listing", path), "size": path.stat().st_size}
                found.append(Document(name=below, content=below, meta_data=about))
        return found

    def _get_file(self, query: str) -> list[Document]:
        """A file by its path below the folder; empty when there is none or it leads out of the folder."""
        path = self._inside(query)
        if path is None:
            log_warning(f"The knowledge base has no file {query!r}.")
            return []
        text = path.read_text(encoding="utf-8", errors="replace")
        about = {**_about("file_content", path), "size": len(text), "lines": text.count("\n") + 1}
        return [Document(name=path.relative_to(self.base_path).as_posix(), content=text, meta_data=about)]

    def _inside(self, name: str) -> Path | None:
        try:
            path = (self.base_path / name).resolve()
            return path if path.is_relative_to(self.base_path) and path.is_file() else None
        except (OSError, ValueError):
            return None

    # The tools.

    def _create_grep_tool(self) -> Any:
        from wherry.core.tools.function import Function

        def grep_file(query: str, max_results: int = 20) -> str:
            """Find files of the knowledge base by words or a regular expression in their text.

            Args:
                query: The word or regular expression to look for.
                max_results: How many files at most.
            """
            found = self._grep(query, max_results)
            told = "\n\n".join(f"### {document.name}\n{document.content}" for document in found)
            return told or f"No matches found for: {query}"

        return Function.from_callable(grep_file)

    def _create_list_files_tool(self) -> Any:
        from wherry.core.tools.function import Function

        def list_files(pattern: str = "*", max_results: int = 50) -> str:
            """List the files of the knowledge base.

            Args:
                pattern: Which files, for example "*.md"; "*" for all.
                max_results: How many files at most.
            """
            found = self._list_files(pattern, max_results)
            if not found:
                return f"No files found matching: {pattern}"
            return "\n".join([f"Found {len(found)} files:", *(f"- {document.name}" for document in found)])

        return Function.from_callable(list_files)

    def _create_get_file_tool(self) -> Any:
        from wherry.core.tools.function import Function

        def get_file(path: str) -> str:
            """Read a whole file of the knowledge base.

            Args:
                path: Its path as list_files tells it.
            """
            try:
                found = self._get_file(path)
            except OSError as error:
                return f"Error reading file {path}: {error}"
            told = [f"### {document.name}\n```\n{document.content}\n```" for document in found]
            return "\n".join(told) or f"File not found: {path}"

        return Function.from_callable(get_file)


def _about(kind: str, path: Path) -> dict[str, Any]:
    return {"type": kind, "absolute_path": str(path), "extension": path.suffix}


def _matches(pattern: re.Pattern[str], text: str, path: Path, below: str) -> Document | None:
    matches = list(pattern.finditer(text))
    if not matches:
        return None
    lines = text.split("\n")
    told = []
    for match in matches[:_MATCHES_OF_A_FILE]:
        at = text.count("\n", 0, match.start())
        around = "\n".join(lines[max(0, at - 1) : at + 2])
        told.append({"line": at + 1, "match": match.group(), "context": around})
    about = {"type": "grep_result", "absolute_path": str(path), "match_count": len(matches)}
    content = "\n---\n".join(str(one["context"]) for one in told)
    return Document(name=below, content=content, meta_data={**about, "matches": told[:_MATCHES_TOLD]})
