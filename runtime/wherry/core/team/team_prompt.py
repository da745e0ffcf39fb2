"""What a team's leader is told: who it is, who its members are, how it works with them.

Blocks and tags are Agno's (`agno.team._messages`), the sentences are ours. Called by the team.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wherry.core.agent.prompt import (
    additional_information,
    information_block,
    instructions_block,
    instructions_of,
    knowledge_block,
    learned_block,
    memories_block,
    skills_block,
    substitute,
    summary_block,
    written_system_message,
)
from wherry.core.asking.structured import json_prompt, wants_json_prompt
from wherry.core.messages import Message
from wherry.core.team.members import is_team, roster

if TYPE_CHECKING:
    from wherry.core.run import Run

OPENING = "You lead the team below. You may answer by yourself, use your own tools, or let members work for you.\n"
READ_AGAIN = "`get_member_information` shows this list again at any time.\n"
COORDINATE = (
    "You coordinate: `delegate_task_to_member` hands a part of the work to one member, and you write the answer.\n\n"
    "- Give each part to the member that fits it best by its {fields}. Parts that do not need each other can be "
    "handed out in one turn.\n"
    "- What a member returns is material for your answer. When a member fails or returns nothing, say so; add no "
    "cause, source or result that it did not give.\n"
    "- When a reply misses the point, ask again more clearly or ask another member. When that does not help, answer "
    "with what there is and say what is missing.\n"
    "- Write one answer that settles contradictions; do not string replies together.\n"
)
ROUTE = (
    "You route: `delegate_task_to_member` hands the request to one member, whose reply goes to the user as it is and "
    "ends the run.\n\n"
    "- Choose the member that fits best by its {fields}; when none fits well, choose the nearest.\n"
    "- Hand the request on whole: change, narrow and shorten nothing.\n"
    "- What the user wants of the reply, such as format, length or tone, goes into the task.\n"
    "- Write nothing yourself in that turn: it would stand before the member's reply.\n"
)
BROADCAST = (
    "You broadcast: one call of `delegate_task_to_members` gives the same task to every member, and you write the "
    "answer.\n\n"
    "- Call it once; one call reaches all of them.\n"
    "- Ask one whole question that each member can answer from its own point of view.\n"
    "- What members return is material for your answer. When one fails or returns nothing, say so; add nothing that "
    "no member gave.\n"
    "- Say what members agree on once, settle what they disagree on, and order the answer by topic, not by member.\n"
)
TASKS = (
    "You work with a shared list of tasks: you create tasks, give each to a member, have them carried out, and "
    "report the result.\n\n"
    "- `create_task` takes the assignee: the member that fits best by its {fields}. Titles are unique: creating one "
    "again returns the task that is there.\n"
    "- Use `depends_on` only where a task needs another one's result.\n"
    "- `execute_task` carries out one task, `execute_tasks_parallel` several that do not need each other; those must "
    "have an assignee. `list_tasks` shows the list.\n"
    "- Read each result. When a task fails, try again, give it to another member or change the plan; do not repeat "
    "the same call. `update_task_status` records work that you did yourself, `add_task_note` what later tasks need.\n"
    "- A result is material for your answer: add no cause or finding that no member gave.\n"
    "- `mark_all_complete` ends the work; its summary is for the record. Your answer to the user is your own message "
    "in the same turn. When the request needs no task, answer and call it at once; when the goal is out of reach, say "
    "what was reached and call it.\n"
)
VERBATIM = (
    "\nMembers do not see this conversation; each gets the user's message as it is instead of your text, so a short "
    "label is enough.\n"
)
SHARED = (
    "\nMembers see what you write for them and what the team shares with them, not this conversation: put in every "
    "name, number and earlier answer that the task needs, and say what a good result is.\n"
)
ALONE = (
    "\nMembers do not see this conversation, only what you write for them: put in every name, number and earlier "
    "answer that they need, and say what a good result is.\n"
)
IDS = "Name members by the ids in the list above, exactly as written.\n"
IDS_NESTED = (
    "Name members by the ids in the list above, exactly as written and never joined. A team among them is addressed "
    "by its own id; its leader hands work to those inside.\n"
)
_MODES = {"coordinate": COORDINATE, "route": ROUTE, "broadcast": BROADCAST, "tasks": TASKS}


def delegation_block(team: Any, *, nested: bool) -> str:
    """How the leader works with its members in this mode."""
    fields = "role, description and tools" if team.add_member_tools_to_context else "role and description"
    mode = team.mode.value
    text = f"\n<delegation>\n{_MODES[mode].format(fields=fields)}"
    if mode != "tasks" and not team.determine_input_for_members:
        text += VERBATIM
    elif team.add_team_history_to_members or team.share_member_interactions:
        text += SHARED
    else:
        text += ALONE
    if mode != "broadcast":
        text += IDS_NESTED if nested else IDS
    return f"{text}</delegation>\n"


def team_block(run: Run) -> str:
    """The members and the way of working with them."""
    team, members = run.owner, run.extra.get("members", ())
    if not members:
        return ""
    text = f"<team>\n{OPENING}\n<team_members>\n{roster(run)}</team_members>\n"
    if team.get_member_information_tool and team.mode.value != "tasks":
        text += READ_AGAIN
    return f"{text}{delegation_block(team, nested=any(map(is_team, members)))}</team>\n\n"


def identity_block(run: Run, instructions: list[str]) -> str:
    """Description, role and instructions."""
    team = run.owner
    text = f"<description>\n{team.description}\n</description>\n\n" if team.description is not None else ""
    if team.role is not None:
        text += f"<your_role>\n{team.role}\n</your_role>\n\n"
    return text + instructions_block(team, instructions)


def media_block(run: Run) -> str:
    """Which kinds of media came with the message."""
    given = run.output.input
    kinds = (("Audio", given.audios), ("Images", given.images), ("Videos", given.videos), ("Files", given.files))
    if not any(items for _, items in kinds):
        return ""
    listed = "".join(f" - {name}\n" for name, items in kinds if items)
    return f"<attached_media>\nThese media came with the message:\n{listed}</attached_media>\n\n"


def trailing_blocks(run: Run) -> str:
    """What stands after the knowledge: information, tools, expectations, state, schema."""
    team = run.owner
    text = media_block(run) + information_block(additional_information(run))
    for line in run.tools.instructions if run.tools is not None else ():
        text += f"{line}\n"
    text += run.model.get_system_message_for_model(run.tools.all if run.tools else None) or ""
    if team.expected_output is not None:
        text += f"<expected_output>\n{team.expected_output.strip()}\n</expected_output>\n\n"
    if team.additional_context is not None:
        text += f"<additional_context>\n{team.additional_context.strip()}\n</additional_context>\n\n"
    if team.skills is not None:
        text += skills_block(run)
    state = run.context.session_state
    if run.options.get("add_session_state_to_context") and state is not None:
        text += f"\n<session_state>\n{state}\n</session_state>\n\n"
    schema = run.context.output_schema
    if schema is not None and wants_json_prompt(team, run.model):
        text += json_prompt(schema)
    return text


async def team_system_message(run: Run) -> Message:
    """The leader's system message."""
    team = run.owner
    if team.system_message is not None:
        return await written_system_message(run)
    text = identity_block(run, await instructions_of(run)) + team_block(run)
    if team.learning:
        text += await learned_block(run)
    text += await knowledge_block(run)
    text += await memories_block(run) + summary_block(run)
    text += trailing_blocks(run)
    if team.resolve_in_context:
        text = substitute(text, run)
    return Message(role=team.system_message_role, content=text.strip())
