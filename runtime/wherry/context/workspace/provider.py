"""A project's folder as a source: an inner agent that reads it, and is kept from secrets and from what tools made.

Mirrors `agno.context.workspace.provider`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.context.folders import AskedFolder
from wherry.context.mode import ContextMode
from wherry.tools.local_files.names import DEFAULT_EXCLUDE_PATTERNS
from wherry.tools.workspace import Workspace

DEFAULT_WORKSPACE_INSTRUCTIONS = """\
You are asked about a project, the files in {root}. What they say is all that counts.

- See how it is laid out with `list_files(recursive=True)` and a small `max_depth`.
- Look for words with `search_content(query, directory=...)` in the part that the question is about; in all of it only
  when all of it is asked about.
- Read what you answer from with `read_file`, of long files the lines that matter, and name each path, relative to the
  project.
- {exclusion}

You can change nothing and run nothing. When no file has the answer, say that.
"""


class WorkspaceContextProvider(AskedFolder):
    """A project's folder that is asked in words. Mirrors `agno.context.workspace.WorkspaceContextProvider`.

    Args:
        root: The folder; the current one when it is not given.
        id: Short name; the tool is called `query_<id>`.
        name: What people call it.
        instructions: What the inner agent is told, instead of Wherry's own words; ``{root}`` and ``{exclusion}`` are
            filled in.
        mode: What `get_tools` gives; ``tools`` are those of a `Workspace` that read.
        model: Model of the inner agent.
        query_timeout: Seconds that a call of the tool may take.
        exclude_patterns: Names that no path may have a part of; see `Workspace`.
        allow_paths: Paths that stay within reach although they are excluded.
        max_file_lines: How many lines of a file are read at once.
        max_file_length: How many characters.
        stream_sub_agent_events: Tell the inner agent's events while it works.

    Raises:
        TypeError, ValueError: `exclude_patterns` or `allow_paths` cannot be meant; see `Workspace`.
    """

    def __init__(
        self,
        root: str | Path | None = None,
        *,
        id: str = "workspace",
        name: str = "Workspace",
        instructions: str | None = None,
        mode: ContextMode = ContextMode.default,
        model: Any = None,
        query_timeout: float | None = None,
        exclude_patterns: list[str] | None = None,
        allow_paths: list[str] | None = None,
        max_file_lines: int = 100_000,
        max_file_length: int = 10_000_000,
        stream_sub_agent_events: bool = True,
    ) -> None:
        super().__init__(
            id,
            name=name,
            mode=mode,
            model=model,
            query_timeout=query_timeout,
            stream_sub_agent_events=stream_sub_agent_events,
        )
        self.root = (Path.cwd() if root is None else Path(root).expanduser()).resolve()
        self.max_file_lines = max_file_lines
        self.max_file_length = max_file_length
        self.instructions_text = DEFAULT_WORKSPACE_INSTRUCTIONS if instructions is None else instructions
        self.exclude_patterns: list[str] | None = exclude_patterns
        self.allow_paths = allow_paths
        checked = self._workspace()
        self.exclude_patterns, self.allow_paths = checked.exclude_patterns, checked.allow_paths

    def instructions(self) -> str:
        """What the asking agent should know."""
        if self.mode == ContextMode.tools:
            return (
                f"`{self.name}` is the project in {self.root}: `list_files` and `search_content` find files in it, "
                f"`read_file` opens them. Paths are relative to it. {self._exclusion()}"
            )
        return (
            f"`{self.name}`: `{self.query_tool_name}(question)` answers from the project in {self.root}. "
            f"{self._exclusion()}"
        )

    def _exclusion(self) -> str:
        """What is out of reach, as a sentence."""
        if not self.exclude_patterns:
            return "Nothing in it is out of reach."
        what = "Some files"
        if self.exclude_patterns == DEFAULT_EXCLUDE_PATTERNS:
            what = "Packages, builds, caches and the like, and files with keys, tokens, passwords or the environment,"
        return f"{what} are out of reach: listings leave them out, and they cannot be read by name."

    def _all_tools(self) -> list[Any]:
        return [self._workspace()]

    def _agent_instructions(self) -> str:
        return self.instructions_text.replace("{root}", str(self.root)).replace("{exclusion}", self._exclusion())

    def _agent_tools(self) -> list[Any]:
        return [self._workspace()]

    def _workspace(self) -> Workspace:
        return Workspace(
            root=self.root,
            allowed=Workspace.READ_TOOLS,
            exclude_patterns=self.exclude_patterns,
            allow_paths=self.allow_paths,
            max_file_lines=self.max_file_lines,
            max_file_length=self.max_file_length,
        )
