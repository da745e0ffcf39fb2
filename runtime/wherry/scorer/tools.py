"""A scorer of tool calls: which tools really ran, and with which arguments. Mirrors `agno.scorer.tools`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.events.outputs import TeamRunOutput
from wherry.scorer.base import Score
from wherry.scorer.identity import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wherry.scorer.base import AnyRunOutput

_MEMBERS = "tools of the team's members were not looked at"


class ToolCallScorer:
    """Judge a run by its tool calls; mirrors `agno.scorer.ToolCallScorer`.

    A call counts when it ran without an error. The share of fulfilled checks is the value; all must be fulfilled.

    Args:
        expected_tools: Names of tools that must have run.
        arguments: By tool, the arguments that some call must have had (one mapping, or a list of them); a call may
            have had more.
        allow_additional: Whether other tools may have run, too.

    Raises:
        TypeError: `expected_tools` is one string.
        ValueError: There is nothing to check.
    """

    def __init__(
        self,
        expected_tools: Sequence[str],
        *,
        arguments: dict[str, dict[str, Any] | list[dict[str, Any]]] | None = None,
        allow_additional: bool = True,
    ) -> None:
        if isinstance(expected_tools, str):
            raise TypeError(f"expected_tools must be a sequence of tool names, not the bare string {expected_tools!r}")
        self.expected_tools = list(dict.fromkeys(expected_tools))
        self.arguments = arguments
        self.allow_additional = allow_additional
        empty = [name for name, wanted in (arguments or {}).items() if isinstance(wanted, list) and not wanted]
        if empty:
            raise ValueError(
                f"argument specs for {empty[0]!r} are empty: name at least one set of arguments, or drop it"
            )
        if not self.expected_tools and not arguments:
            raise ValueError("ToolCallScorer has nothing to check: give expected_tools or arguments")

    def score(self, run: AnyRunOutput, expected: Any = None) -> Score:
        """Judge a run; `expected` is not looked at."""
        calls = list(run.tools or ())
        ran = [call for call in calls if not call.tool_call_error and not call.is_paused]
        names = {call.tool_name for call in ran if call.tool_name}
        misses = list(self._misses(ran, names))
        notes = [note for note in misses if note]
        known = {*self.expected_tools, *(self.arguments or ())}
        more = [] if self.allow_additional else sorted(names - known)
        if more:
            notes.append(f"additional tool calls not allowed: {more}")
        if not calls:
            notes.insert(0, "run has no tool executions")
        if isinstance(run, TeamRunOutput) and _members_called(run):
            notes.append(_MEMBERS)
        met = misses.count("")
        return Score(met / len(misses), met == len(misses) and not more, "; ".join(notes) or None)

    async def ascore(self, run: AnyRunOutput, expected: Any = None) -> Score:
        """`score` on an event loop."""
        return self.score(run, expected)

    def digest(self) -> str:
        """Hash of what is expected; equal to Agno's.

        Raises:
            FingerprintError: The arguments are not JSON.
        """
        return digest_of(
            {
                "expected_tools": sorted(self.expected_tools),
                "arguments": self.arguments,
                "allow_additional": self.allow_additional,
            }
        )

    def _misses(self, ran: Sequence[Any], names: set[str]) -> Iterator[str]:
        """A text for each check: why it fails, empty when it does not."""
        for name in self.expected_tools:
            yield "" if name in names else f"expected tool {name!r} has no clean execution"
        for name, wanted in (self.arguments or {}).items():
            given = [call.tool_args or {} for call in ran if call.tool_name == name]
            for one in wanted if isinstance(wanted, list) else [wanted]:
                fits = any(_holds(arguments, one) for arguments in given)
                yield "" if fits else f"no clean {name!r} execution matches arguments {one!r}"


def _holds(arguments: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(name in arguments and arguments[name] == value for name, value in wanted.items())


def _members_called(run: Any) -> bool:
    """Whether a member, at any depth, called a tool."""
    members = getattr(run, "member_responses", None) or ()
    return any(getattr(member, "tools", None) or _members_called(member) for member in members)
