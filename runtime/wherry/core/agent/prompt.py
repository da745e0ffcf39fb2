"""The text a model is given: system message and user message of one run.

Order and tags are Agno's (`agno.agent._messages`), the sentences are ours. Values that need waiting (callables,
memories, knowledge) are collected first; the text is then built by pure functions. Called by `assembly`.
"""

from __future__ import annotations

import re
from collections import ChainMap
from string import Template
from typing import TYPE_CHECKING, Any

from wherry.core.asking.structured import json_prompt, parser_prompt, wants_json_prompt
from wherry.core.callables import accepted, accepted_or_all
from wherry.core.log import log_warning
from wherry.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wherry.core.run import Run

MARKDOWN = "Format your answers with markdown."
MEMORIES = "What you know about this user from earlier conversations, to make your answer fit them:\n\n"
MEMORIES_NOTE = (
    "These memories are from earlier conversations and may have changed since: where this conversation "
    "says otherwise, it is right.\n"
)
NO_MEMORIES = "You can remember things about this user between conversations; nothing is remembered yet.\n"
UPDATE_MEMORIES = (
    "\n<updating_user_memories>\n"
    "- The `update_user_memory` tool adds, changes and deletes memories, or clears them all.\n"
    "- Call it when the user says something worth remembering for later conversations, such as facts and preferences.\n"
    "- Call it when the user asks you to remember or to forget something.\n"
    "- After the call, tell the user what was done.\n"
    "</updating_user_memories>\n\n"
)
SUMMARY = "A short summary of your earlier conversation with this user:\n\n"
SUMMARY_NOTE = "The summary may be out of date: where this conversation says otherwise, it is right.\n\n"
REFERENCES = "\n\nReferences from the knowledge base that may help:\n"


def render_instructions(instructions: list[str]) -> str:
    """One instruction as it is; several as bullets, those of more than one line as blocks of their own."""
    if len(instructions) == 1:
        return instructions[0]
    blocks = ["\n" in text.strip() for text in instructions]
    parts = [text if block else f"- {text.strip()}" for text, block in zip(instructions, blocks, strict=True)]
    return ("\n\n" if any(blocks) else "\n").join(parts)


def substitute(text: Any, run: Run) -> Any:
    """Fill `{name}` from session state, dependencies and metadata; unknown names stay as they are."""
    if not isinstance(text, str) or ("{" not in text and "$" not in text):
        return text
    context = run.context
    values = ChainMap(
        context.session_state or {},
        context.dependencies or {},
        context.metadata or {},
        {"user_id": context.user_id} if context.user_id is not None else {},
    )
    for name in values:
        text = re.sub(r"\{" + re.escape(str(name)) + r"\}", "${" + str(name) + "}", text)
    try:
        return Template(text).safe_substitute(values)
    except (ValueError, TypeError) as error:
        log_warning(f"Variables could not be filled into the prompt: {error!r}")
        return text


async def own_text(run: Run, source: Callable[..., Any]) -> Any:
    """Ask a callable for instructions or a system message."""
    owner, context = run.owner, run.context
    state = context.session_state if context.session_state is not None else {}
    team = owner if owner._kind == "team" else None  # noqa: SLF001 - a part of the same object
    arguments = accepted(source, agent=owner, team=team, session_state=state, run_context=context)
    return await run.waits.call(source, **arguments)


async def instructions_of(run: Run) -> list[str]:
    """The owner's instructions as a list, callables asked."""
    given = run.owner.instructions
    if callable(given):
        given = await own_text(run, given)
    if given is None or given is False:
        return []
    listed = [given] if isinstance(given, str) else list(given)
    from_model = run.model.get_instructions_for_model(run.tools.all if run.tools else None)
    return listed + list(from_model) if from_model else listed


def current_time(owner: Any) -> str:
    """Now, in the owner's time zone and format."""
    from datetime import datetime

    zone = None
    if owner.timezone_identifier:
        from zoneinfo import ZoneInfo

        try:
            zone = ZoneInfo(owner.timezone_identifier)
        except (KeyError, ValueError, OSError) as error:
            log_warning(f"Unknown time zone {owner.timezone_identifier!r}: {error!r}")
    now = datetime.now(zone) if zone else datetime.now()  # noqa: DTZ005 - local time is what Agno gives without a zone
    return now.strftime(owner.datetime_format) if owner.datetime_format else str(now)


def additional_information(run: Run) -> list[str]:
    """Bullets about format, time, place, name and long results."""
    owner = run.owner
    lines = []
    if owner.markdown and run.context.output_schema is None:
        lines.append(MARKDOWN)
    if owner.add_datetime_to_context:
        lines.append(f"The current time is {current_time(owner)}.")
    if owner.add_location_to_context:
        from wherry.core.location import place

        where = place()
        if where:
            lines.append(f"Your approximate location is {where}.")
    if owner.name is not None and owner.add_name_to_context:
        lines.append(f"Your name is {owner.name}.")
    if owner._result_store is not None:  # noqa: SLF001 - a part of the same object
        from wherry.offload.tools import OFFLOAD_INSTRUCTION

        lines.append(OFFLOAD_INSTRUCTION)
    return lines


def information_block(lines: Iterable[str]) -> str:
    """The `<additional_information>` block, or nothing."""
    text = "".join(f"\n- {line}" for line in lines)
    return f"<additional_information>{text}\n</additional_information>\n\n" if text else ""


def instructions_block(owner: Any, instructions: list[str]) -> str:
    """Instructions, in tags when the owner wants them."""
    if not instructions:
        return ""
    text = render_instructions(instructions)
    return f"<instructions>\n{text}\n</instructions>\n\n" if owner.use_instruction_tags else f"{text}\n\n"


def opening(run: Run, instructions: list[str]) -> str:
    """First half of the system message: who, what, how; variables are filled in here and only here."""
    owner = run.owner
    text = ""
    if owner.description is not None:
        text += f"{owner.description}\n"
    if owner.role is not None:
        text += f"\n<your_role>\n{owner.role}\n</your_role>\n\n"
    text += instructions_block(owner, instructions)
    text += information_block(additional_information(run))
    for line in run.tools.instructions if run.tools is not None else ():
        text += f"{line}\n"
    filled: str = substitute(text, run) if owner.resolve_in_context else text
    return filled


async def memories_block(run: Run) -> str:
    """What is remembered about the user, when it is to be shown."""
    owner = run.owner
    if not owner.add_memories_to_context:
        return ""
    from wherry.core.memory.memory import memory_manager_of

    keeper = memory_manager_of(owner)
    user = run.context.user_id or "default"
    found = await run.waits.wire(keeper.get_user_memories, keeper.aget_user_memories, user_id=user)
    if found:
        listed = "".join(f"\n- {memory.memory}" for memory in found)
        text = f"{MEMORIES}<memories_from_previous_interactions>{listed}\n"
        text += f"</memories_from_previous_interactions>\n\n{MEMORIES_NOTE}"
    else:
        text = NO_MEMORIES
    return text + UPDATE_MEMORIES if owner.enable_agentic_memory else text


def summary_block(run: Run) -> str:
    """The session's summary, when it is to be shown."""
    summary = run.session.summary if run.session is not None else None
    if not run.owner.add_session_summary_to_context or summary is None:
        return ""
    return (
        f"{SUMMARY}<summary_of_previous_interactions>\n{summary.summary}\n"
        f"</summary_of_previous_interactions>\n\n{SUMMARY_NOTE}"
    )


def skills_block(run: Run) -> str:
    """How to use the skills, and which there are."""
    text = run.owner.skills.get_system_prompt_snippet()
    return f"\n{text}\n" if text else ""


async def learned_block(run: Run) -> str:
    """What the owner's learning machine says and knows."""
    from wherry.core.agent.learning import learnings_block

    return await learnings_block(run)


async def knowledge_block(run: Run) -> str:
    """How to use the knowledge base, in the knowledge base's own words."""
    owner, knowledge = run.owner, run.extra.get("knowledge", run.owner.knowledge)
    if knowledge is None or not owner.search_knowledge or not owner.add_search_knowledge_instructions:
        return ""
    build = getattr(knowledge, "build_context", None)
    if not run.waits.blocking:
        build = getattr(knowledge, "abuild_context", build)
    if not callable(build):
        return ""
    filters = owner.enable_agentic_knowledge_filters
    given = accepted_or_all(build, enable_agentic_filters=filters, user_id=run.context.user_id)
    text = await run.waits.call(build, **given)
    return f"{text}\n" if text is not None else ""


def output_block(run: Run) -> str:
    """How the output must look, when the model itself cannot be made to keep the schema."""
    schema, owner = run.context.output_schema, run.owner
    if schema is None:
        return ""
    text = json_prompt(schema) if wants_json_prompt(owner, run.model) else ""
    if owner.parser_model is not None and not isinstance(schema, dict):
        text += parser_prompt(schema)
    return text


async def written_system_message(run: Run) -> Message:
    """The owner's own system message: a Message, a text or a callable that gives one."""
    owner = run.owner
    given = owner.system_message
    if isinstance(given, Message):
        return given
    text = given
    if callable(given):
        text = await own_text(run, given)
    if not isinstance(text, str):
        raise TypeError(f"system_message must be or return a string, not {text!r}")
    if owner.resolve_in_context:
        text = substitute(text, run)
    return Message(role=owner.system_message_role, content=text)


async def closing(run: Run) -> str:
    """Second half of the system message: what is expected, remembered and known."""
    owner = run.owner
    text = ""
    if owner.expected_output is not None:
        text += f"<expected_output>\n{owner.expected_output.strip()}\n</expected_output>\n\n"
    if owner.additional_context is not None:
        text += f"{owner.additional_context}\n"
    if owner.skills is not None:
        text += skills_block(run)
    text += await memories_block(run)
    text += summary_block(run)
    if owner.learning:
        text += await learned_block(run)
    text += await knowledge_block(run)
    text += run.model.get_system_message_for_model(run.tools.all if run.tools else None) or ""
    text += output_block(run)
    state = run.context.session_state
    if run.options.get("add_session_state_to_context") and state is not None:
        text += f"\n<session_state>\n{state}\n</session_state>\n\n"
    return text


async def system_message(run: Run) -> Message | None:
    """The system message of an agent's run, or None when there is nothing to say."""
    owner = run.owner
    if owner.system_message is not None:
        return await written_system_message(run)
    if not owner.build_context:
        return None
    text = opening(run, await instructions_of(run)) + await closing(run)
    return Message(role=owner.system_message_role, content=text.strip()) if text else None


def dependencies_text(dependencies: dict[str, Any]) -> str:
    """Dependencies as indented JSON; what JSON does not know becomes text."""
    import json

    try:
        return json.dumps(dependencies, indent=2, default=str, ensure_ascii=False)
    except (TypeError, ValueError):
        return "\n".join(f"{key}: {value}" for key, value in dependencies.items())


def media_of(run: Run) -> dict[str, Any]:
    """The input's media as keyword arguments of a message, or none when they are not sent to the model."""
    source = run.output.input
    if not run.owner.send_media_to_model or source is None:
        return {}
    given = {"images": source.images, "audio": source.audios, "videos": source.videos, "files": source.files}
    return {name: value for name, value in given.items() if value is not None}


async def user_text(run: Run, text: str) -> str:
    """A text input with variables filled in, references and dependencies added."""
    owner = run.owner
    references = None
    if owner.add_knowledge_to_context:
        from wherry.core.agent.retrieval import references_for

        references = await references_for(run, text)
    if owner.resolve_in_context:
        text = substitute(text, run)
    if references:
        from wherry.core.agent.retrieval import documents_text

        text += f"{REFERENCES}<references>\n{documents_text(owner, references)}\n</references>"
    if run.options.get("add_dependencies_to_context") and run.context.dependencies is not None:
        text += f"\n\n<additional context>\n{dependencies_text(run.context.dependencies)}\n</additional context>"
    return text


def list_content(owner: Any, content: list[Any]) -> Any:
    """What a list says in one message: texts by line; of a team's also parts as they are, and users' messages."""
    if all(isinstance(item, str) for item in content):
        return "\n".join(content)
    if owner._kind == "team":  # noqa: SLF001 - a part of the same object
        first = content[0]
        if isinstance(first, dict) and "type" in first:
            return content
        if isinstance(first, Message):
            from wherry.core.agent.boxes import asked_text

            return asked_text(content)
    return str(content)


async def user_message(run: Run, content: Any) -> Message | None:
    """The message made of a None, text or plain list input."""
    owner = run.owner
    role = owner.user_message_role or "user"
    media = media_of(run)
    if not owner.build_user_context:
        return Message(role=role, content=content, **media)
    if content is None:
        source = run.output.input
        has_media = source is not None and any(
            m is not None for m in (source.images, source.audios, source.videos, source.files)
        )
        return Message(role=role, content="", **media) if has_media else None
    if isinstance(content, list):
        return Message(role=role, content=list_content(owner, content), **media)
    return Message(role=role, content=await user_text(run, content), **media)
