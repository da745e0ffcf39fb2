"""What is said to models about learning: to those that read messages, and to agents beside what is recalled.

Tags and the order of blocks are Agno's, the sentences are ours. Called by the stores.
"""

from __future__ import annotations

from typing import Any

PROFILE_USE = (
    "<profile_application_guidelines>\n"
    "Let this shape your answers without speaking of it: do not say that you looked it up or remember it. "
    "What the user "
    "says now counts for more than what stands here.\n"
    "</profile_application_guidelines>"
)
MEMORY_USE = (
    "<memory_application_guidelines>\n"
    "Use what bears on the question at hand, in tone, detail and examples, and leave the rest alone. Do not speak of "
    "memories. What the user says now counts for more than what stands here.\n"
    "</memory_application_guidelines>"
)
CONTEXT_OPENING = "This session has been going on for a while. So far:"
CONTEXT_USE = (
    "<session_context_guidelines>\n"
    "Go on from here: keep to what was decided, ask nothing that was answered, and look here when the user refers to "
    "what came earlier. Where the messages say otherwise, they are right.\n"
    "</session_context_guidelines>"
)


def _joined(parts: list[str], more: str | None) -> str:
    return "\n\n".join([part for part in parts if part] + ([more] if more else []))


# --- user profile --------------------------------------------------------------------------------------------------

PROFILE_TASK = (
    "You keep the profile of a user. Read the conversation and fill in what the user says about themselves, as far as "
    "there is a field for it. Conclude nothing that was not said."
)
PROFILE_RULES = (
    "## Guidelines\n\n"
    "- Keep a name, or what the user wants to be called, once they say it; keep other fields the same way.\n"
    "- Leave alone what has no field, what you would have to guess, and what stands there already."
)
PROFILE_END = (
    '"I am Margaret, Maggie to my friends" asks for update_profile(name="Margaret", preferred_name="Maggie"); a '
    "question about the weather asks for nothing. Most conversations leave the profile as it is, and that is fine."
)


def profile_prompt(config: Any, names: dict[str, dict[str, Any]], known: Any) -> str:
    """What the model that reads messages for a profile is told.

    Args:
        config: A `UserProfileConfig`.
        names: The fields with their descriptions.
        known: The profile as it is, or None.
    """
    if config.system_message is not None:
        return str(config.system_message)
    parts = [PROFILE_TASK]
    may = bool(names) and config.enable_update_profile
    if may:
        listed = "\n".join(f"- **{name}**: {told.get('description')}" for name, told in names.items())
        parts.append(f"## Profile Fields\n\n`update_profile` sets:\n{listed}")
        values = {name: value for name in names if known and (value := getattr(known, name, None))}
        if values:
            parts.append("Current values:\n" + "\n".join(f"- {name}: {value}" for name, value in values.items()))
    parts.append(config.instructions or PROFILE_RULES)
    actions = f"- `update_profile`: set fields ({', '.join(names)})" if may else ""
    parts += [f"## Available Actions\n\n{actions}", PROFILE_END]
    return _joined(parts, config.additional_instructions)


# --- user memory ---------------------------------------------------------------------------------------------------

MEMORY_TASK = (
    "You keep in mind what is worth remembering about a user, so that an assistant can meet them next time as somebody "
    "it knows: what they do, what they are busy with, how they like to be talked to, what they want and what bothers "
    "them. It is to be of use to the user, and never to feel like being watched."
)
MEMORY_RULES = (
    "## What To Capture\n\n"
    "- Keep work and projects, wishes and aims, habits, and how the user wants to be helped, once they say it.\n"
    "- Leave out what will not matter next month, what you would have to guess, what would be embarrassing to have on "
    "record, and what is remembered already."
)
MEMORY_ORDERED = (
    "## What To Capture\n\n"
    "The text is an instruction of an agent that has spoken with the user and has decided. Carry it out as it is: "
    "keep, rewrite or forget what it says, add nothing to it, and do not judge whether it is worth keeping. What is "
    "remembered already is rewritten, not kept twice."
)
MEMORY_STYLE = (
    "## Writing\n\n"
    'A memory is one short sentence in the third person that holds for long: "Builds boats on the Thames, mostly '
    'skiffs" and not "Said something about boats". Rather rewrite a memory than add another about the same; forget '
    "those that no longer hold."
)
MEMORY_END = "A few good memories are better than many. When nothing is worth remembering, do nothing."
_MEMORY_ACTIONS = (
    ("enable_add_memory", "- `add_memory`: remember something new"),
    ("enable_update_memory", "- `update_memory`: rewrite a memory"),
    ("enable_delete_memory", "- `delete_memory`: forget a memory"),
    ("enable_clear_memories", "- `clear_all_memories`: forget everything; only when the user asks for it"),
)


def memory_prompt(config: Any, known: list[dict[str, str]], *, instructed: bool) -> str:
    """What the model that reads messages for memories is told.

    Args:
        config: A `UserMemoryConfig`.
        known: The memories with their ids.
        instructed: The text is a task of the agent.
    """
    if config.system_message is not None:
        return str(config.system_message)
    rules = config.instructions or MEMORY_RULES
    if instructed:
        rules = _joined([MEMORY_ORDERED], config.instructions)
    listed = "\n".join(f"- [{one['id']}] {one['content']}" for one in known)
    actions = "\n".join(text for name, text in _MEMORY_ACTIONS if getattr(config, name))
    parts = [MEMORY_TASK, rules, MEMORY_STYLE, f"## Current Memories\n\n{listed or 'There are none yet.'}"]
    parts += [f"## Available Actions\n\n{actions}", MEMORY_END]
    return _joined(parts, config.additional_instructions)


# --- session context -----------------------------------------------------------------------------------------------

CONTEXT_TASK = (
    "You follow a session and keep a summary of it, for somebody who has to take it up when its first messages are no "
    "longer there: where things stand, not how they came about. Tell what was talked about and settled, what was "
    "decided and why, what is under way, what is open, and details that nobody wants to be asked for again."
)
CONTEXT_PLAN = (
    "Beside the summary keep the **goal** of the user as it is now, the **plan** in steps once there is one, and as "
    "**progress** the steps that are done."
)
CONTEXT_RULES = (
    "## Guidelines\n\n"
    "- The summary is whole: it takes the place of the one before, so carry over what still holds and change what has "
    "changed.\n"
    '- It is dense and exact: "Fits a new rudder to a skiff; oak was chosen over ash because it lasts; the pintles are '
    'in, the tiller is next" and not "They talked about a boat".'
)


def context_prompt(config: Any, known: Any, conversation: str) -> str:
    """What the model that writes the context of a session is told.

    Args:
        config: A `SessionContextConfig`.
        known: The context as it is, or None.
        conversation: What was said.
    """
    if config.system_message is not None:
        return str(config.system_message)
    before = []
    if known:
        shown = [("summary", "Summary so far")]
        if config.enable_planning:
            shown += [("goal", "Goal"), ("plan", "Plan"), ("progress", "Done")]
        for name, title in shown:
            if value := getattr(known, name, None):
                before.append(f"**{title}:** {', '.join(value) if isinstance(value, list) else value}")
    parts = [CONTEXT_TASK, CONTEXT_PLAN if config.enable_planning else ""]
    if known:
        parts.append("\n".join(["## Previous Context", "", *before]))
    parts.append(f"## New Conversation to Integrate\n\n<conversation>\n{conversation}\n</conversation>")
    parts += [CONTEXT_RULES, config.instructions or "", "Keep it with `save_session_context`."]
    return _joined(parts, config.additional_instructions)


# --- learned knowledge ---------------------------------------------------------------------------------------------

_SEARCHING = (
    "- Look with `search_learnings` before you advise, recommend or explain how something is done here, and "
    "use what you "
    "find; for plain tasks that need no experience there is no need to.\n"
    "- Look before you save, too: what is there already is not saved again.\n"
)
_WORTH = (
    "Worth it is what took some finding out, helps with a whole kind of task and can be acted on. Common "
    "knowledge, single "
    "facts and the wishes of one user are not."
)
LEARNING_AGENTIC = (
    "<learning_system>\n"
    "You share a collection of learnings with other conversations: `search_learnings` looks into it, `save_learning` "
    "adds to it.\n\n"
    f"{_SEARCHING}"
    "- Save what the user asks you to remember or note, and what they say of the aims, limits, rules and priorities of "
    "their team or organisation, so that others have it, too.\n"
    f"- Of what you find out by yourself, save what is worth it. {_WORTH}\n"
    "</learning_system>"
)
LEARNING_PROPOSE = (
    "<learning_system>\n"
    "You share a collection of learnings with other conversations: `search_learnings` looks into it, `save_learning` "
    "adds to it, but only after the user has agreed.\n\n"
    f"{_SEARCHING}"
    "- When you have found out something that is worth it, propose it at the end of your answer, in this form, and do "
    f"not save it yet. {_WORTH}\n\n"
    "---\n**Proposed Learning**\n**Title:** …\n**Context:** when it holds\n**Insight:** what was found out\n\n"
    "Save this? (yes/no)\n---\n\n"
    "- Call `save_learning` once the user says yes, and not otherwise.\n"
    "</learning_system>"
)
LEARNING_USE = (
    "Use them where they fit. The request itself and what you find out now count for more.\n</relevant_learnings>"
)
LEARNING_TASK = (
    "You collect what will help in other conversations, and save it with `save_learning`: insights that took some "
    "finding out, help with a whole kind of task, can be acted on and will hold for long; and what users say of the "
    "aims, limits, rules and priorities of their team or organisation, or ask to have noted."
)
LEARNING_RULES = (
    "Do not save single facts, common knowledge, what one user likes, answers to one question only, a summary "
    "of the talk, "
    'or what is not certain. "With timeouts now and then, look at the pool of connections before the network" is worth '
    'it; "There was a typing mistake in line 42" is not. Most conversations hold nothing to save: then do nothing.'
)


def learning_prompt(known: str) -> str:
    """What the model that reads messages for learnings is told.

    Args:
        known: Learnings of the same matter, a line each; may be empty.
    """
    there = f"## Already Saved\n\nNeither these nor variations of them:\n{known}" if known else ""
    return _joined([LEARNING_TASK, LEARNING_RULES, there], None)
