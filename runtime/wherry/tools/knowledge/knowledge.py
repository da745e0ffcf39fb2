"""Thinking, searching and weighing what was found, as tools. Mirrors `agno.tools.knowledge.knowledge`."""

from __future__ import annotations

import json
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.core.log import log_error
from wherry.core.matrix import module_getattr
from wherry.core.run_context import RunContext  # noqa: TC001 - the tools' annotations are read at run time
from wherry.core.tools.toolkit import Toolkit

__all__ = ["KnowledgeTools"]

__getattr__ = module_getattr(__name__, "agno.tools.knowledge.knowledge")

DEFAULT_INSTRUCTIONS = """\
You can look things up in a knowledge base. Three tools belong together:

1. `think`: note what the question needs, which words to search for, and what to try next. Nobody but you sees it.
2. `search_knowledge`: search. Several narrow searches find more than a broad one; when nothing fits, use other words.
3. `analyze`: after a search, note whether what was found answers the question: is it about it, is it complete, does
   it contradict itself? If something is missing, think and search again.

Go round as often as the question needs. Answer from what you found, name contradictions and gaps, and keep your notes
out of the answer."""
FEW_SHOT_EXAMPLES = """\
An example. The user asks: May I sail a wherry alone?
- think: The licence rules may be under "licence", the crew under "crew" or "single-handed".
- search_knowledge: "crew needed for a wherry"
- analyze: It says two people for the trading wherry, nothing about pleasure wherries. Search again.
- search_knowledge: "pleasure wherry single-handed"
- analyze: One person with a licence, below 24 feet. That answers it.
The answer names both cases and where they stand."""


class KnowledgeTools(Toolkit):
    """`think`, `search_knowledge` and `analyze`; mirrors `agno.tools.knowledge.KnowledgeTools`.

    Notes are kept in `session_state["thoughts"]` and `session_state["analysis"]`.

    Args:
        knowledge: What is searched: a `Knowledge`, or any object with `search`.
        enable_think: Offer `think`.
        enable_search: Offer `search_knowledge`.
        enable_analyze: Offer `analyze`.
        instructions: Text for the system message instead of the default one.
        add_instructions: Whether to add it.
        add_few_shot: Add an example to the default text.
        few_shot_examples: The example to add instead of the default one.
        all: Offer all three.
        **kwargs: Parameters of `Toolkit`.

    Raises:
        ConfigurationError: (a ValueError) no knowledge base.
    """

    DEFAULT_INSTRUCTIONS = DEFAULT_INSTRUCTIONS
    FEW_SHOT_EXAMPLES = FEW_SHOT_EXAMPLES

    def __init__(
        self,
        knowledge: Any,
        enable_think: bool = True,
        enable_search: bool = True,
        enable_analyze: bool = True,
        instructions: str | None = None,
        add_instructions: bool = True,
        add_few_shot: bool = False,
        few_shot_examples: str | None = None,
        all: bool = False,
        **kwargs: Any,
    ) -> None:
        if knowledge is None:
            raise ConfigurationError(
                "knowledge must be provided when using KnowledgeTools", hint="Pass knowledge=Knowledge(…)."
            )
        if instructions is None:
            example = f"\n{few_shot_examples or self.FEW_SHOT_EXAMPLES}" if add_few_shot else ""
            instructions = self.DEFAULT_INSTRUCTIONS + example
        self.knowledge = knowledge
        chosen = ((enable_think, self.think), (enable_search, self.search_knowledge), (enable_analyze, self.analyze))
        tools: list[Any] = [tool for wanted, tool in chosen if wanted or all]
        super().__init__(
            name="knowledge_tools", tools=tools, instructions=instructions, add_instructions=add_instructions, **kwargs
        )

    def think(self, run_context: RunContext, thought: str) -> str:
        """Note a thought: what the question needs, words to search for, what to do next.

        Args:
            run_context: The run, filled in by the runtime
            thought: The thought, in full

        Returns:
            All thoughts so far
        """
        return _noted(run_context, "thoughts", "Thoughts", thought)

    def search_knowledge(self, run_context: RunContext, query: str) -> str:
        """Search the knowledge base, as often as needed.

        Args:
            run_context: The run, filled in by the runtime
            query: What to look for

        Returns:
            The documents that were found, as JSON
        """
        try:
            found = self.knowledge.search(query=query, user_id=run_context.user_id)
        except Exception as error:  # noqa: BLE001 - a knowledge base may fail in any way; the model is told
            log_error(f"Error searching knowledge base: {error}")
            return f"Error searching knowledge base: {error}"
        if not found:
            return "No documents found"
        return json.dumps([document.to_dict() for document in found], ensure_ascii=False, default=str)

    def analyze(self, run_context: RunContext, analysis: str) -> str:
        """Note whether the documents that were found answer the question, and what is missing.

        Args:
            run_context: The run, filled in by the runtime
            analysis: What you make of them

        Returns:
            All notes of this kind so far
        """
        return _noted(run_context, "analysis", "Analysis", analysis)


def _noted(run_context: RunContext, key: str, title: str, text: str) -> str:
    if run_context.session_state is None:
        run_context.session_state = {}
    notes = run_context.session_state.setdefault(key, [])
    notes.append(text)
    return "\n".join([f"{title}:", *(f"- {note}" for note in notes)])
