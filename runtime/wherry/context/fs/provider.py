"""A folder as a source: an inner agent that reads its files. Mirrors `agno.context.fs.provider`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wherry.context.folders import AskedFolder
from wherry.context.mode import ContextMode
from wherry.tools.file import FileTools

DEFAULT_FS_INSTRUCTIONS = """\
You are asked about the files in {root}. What they say is all that counts.

- Find the files that matter: `list_files` shows a folder, `search_files` finds names such as `**/*.py`, and
  `search_content` finds a text in files.
- Read what you answer from: `read_file`, or for a long file `read_file_chunk` where it matters.
- Name the path of each file that you rely on, relative to the folder, and quote it as it is written. Say so when you
  name a file that you did not open.
- What tools have made, such as packages, builds and caches, is left out of what you are shown.

You can change nothing. When no file has the answer, say that.
"""


class FilesystemContextProvider(AskedFolder):
    """A folder that is asked in words. Mirrors `agno.context.fs.FilesystemContextProvider`.

    `exclude_patterns` shorten what the inner agent is shown; a file whose name it knows it may read. Where that must
    not be, take `WorkspaceContextProvider`.

    Args:
        root: The folder; `~` is followed.
        id: Short name; the tool is called `query_<id>`.
        name: What people call it.
        instructions: What the inner agent is told, instead of Wherry's own words; ``{root}`` is filled in.
        mode: What `get_tools` gives; ``tools`` are those of `FileTools` that read.
        model: Model of the inner agent.
        query_timeout: Seconds that a call of the tool may take.
        exclude_patterns: Names that listings leave out; see `FileTools`.
        stream_sub_agent_events: Tell the inner agent's events while it works.
    """

    def __init__(
        self,
        root: str | Path,
        *,
        id: str = "fs",
        name: str = "Filesystem",
        instructions: str | None = None,
        mode: ContextMode = ContextMode.default,
        model: Any = None,
        query_timeout: float | None = None,
        exclude_patterns: list[str] | None = None,
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
        self.root = Path(root).expanduser().resolve()
        self.exclude_patterns = exclude_patterns
        self.instructions_text = DEFAULT_FS_INSTRUCTIONS if instructions is None else instructions

    def instructions(self) -> str:
        """What the asking agent should know."""
        if self.mode == ContextMode.tools:
            return (
                f"`{self.name}` is the folder {self.root}: `list_files`, `search_files` and `search_content` find "
                "files in it, `read_file` and `read_file_chunk` open them. Paths are relative to it."
            )
        return f"`{self.name}`: `{self.query_tool_name}(question)` answers from the files in {self.root}."

    def _all_tools(self) -> list[Any]:
        return self._agent_tools()

    def _agent_instructions(self) -> str:
        return self.instructions_text.replace("{root}", str(self.root))

    def _agent_tools(self) -> list[Any]:
        return [
            FileTools(
                base_dir=self.root,
                enable_save_file=False,
                enable_replace_file_chunk=False,
                exclude_patterns=self.exclude_patterns,
            )
        ]
