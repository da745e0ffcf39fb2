"""How each store of a `LearningMachine` learns; mirrors `agno.learn.config`.

Names, order and defaults of the fields are Agno's. Every configuration has `model` and `max_updates_per_run`, which the
machine fills in where they are None, as it does `db` and `knowledge`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class LearningMode(Enum):
    """When something is learned.

    Attributes:
        ALWAYS: A model reads each run's messages beside the run.
        AGENTIC: The agent has tools and decides by itself.
        PROPOSE: The agent proposes and saves once a person agrees; learned knowledge only.
        HITL: Reserved by Agno; no store knows it.
    """

    ALWAYS = "always"
    AGENTIC = "agentic"
    PROPOSE = "propose"
    HITL = "hitl"


@dataclass
class UserProfileConfig:
    """What is kept in fields about a user, such as a name.

    Attributes:
        db: Where it is kept.
        model: Who reads messages; ALWAYS needs one.
        mode: ALWAYS or AGENTIC.
        schema: A dataclass in place of `UserProfile`, best a subclass of it.
        enable_update_profile: The model that reads messages may change the profile.
        max_updates_per_run: At most so many calls of tools in one reading; 10 by a machine's default.
        enable_agent_tools: Offer the agent its tool in any mode.
        agent_can_update_profile: Whether that tool exists.
        instructions: What is worth keeping; replaces ours.
        additional_instructions: Added to the prompt.
        system_message: Replaces the prompt.
    """

    db: Any = None
    model: Any = None
    mode: LearningMode = LearningMode.ALWAYS
    schema: type[Any] | None = None
    enable_update_profile: bool = True
    max_updates_per_run: int | None = None
    enable_agent_tools: bool = False
    agent_can_update_profile: bool = True
    instructions: str | None = None
    additional_instructions: str | None = None
    system_message: str | None = None

    def __repr__(self) -> str:
        return f"UserProfileConfig(mode={self.mode.value}, enable_agent_tools={self.enable_agent_tools})"


@dataclass
class UserMemoryConfig:
    """What is remembered about a user in sentences.

    Attributes:
        db, model, mode, max_updates_per_run, instructions, additional_instructions, system_message: As in
            `UserProfileConfig`.
        schema: A dataclass in place of `Memories`.
        enable_add_memory, enable_update_memory, enable_delete_memory, enable_clear_memories: What the model that reads
            messages may do.
        enable_agent_tools: Offer the agent its tool in any mode.
        agent_can_update_memories: Whether that tool exists.
    """

    db: Any = None
    model: Any = None
    mode: LearningMode = LearningMode.ALWAYS
    schema: type[Any] | None = None
    enable_add_memory: bool = True
    enable_update_memory: bool = True
    enable_delete_memory: bool = True
    enable_clear_memories: bool = False
    max_updates_per_run: int | None = None
    enable_agent_tools: bool = False
    agent_can_update_memories: bool = True
    instructions: str | None = None
    additional_instructions: str | None = None
    system_message: str | None = None

    def __repr__(self) -> str:
        return f"UserMemoryConfig(mode={self.mode.value}, enable_agent_tools={self.enable_agent_tools})"


@dataclass
class SessionContextConfig:
    """What a session has come to.

    Attributes:
        db, model, max_updates_per_run, instructions, additional_instructions, system_message: As in
            `UserProfileConfig`.
        mode: ALWAYS; nothing else is known to this store.
        schema: A dataclass in place of `SessionContext`.
        enable_planning: Keep goal, plan and progress, too.
        enable_add_context, enable_update_context, enable_delete_context, enable_clear_context: Read by nobody, as in
            Agno.
    """

    db: Any = None
    model: Any = None
    mode: LearningMode = LearningMode.ALWAYS
    schema: type[Any] | None = None
    enable_planning: bool = False
    enable_add_context: bool = True
    enable_update_context: bool = True
    enable_delete_context: bool = True
    enable_clear_context: bool = False
    max_updates_per_run: int | None = None
    instructions: str | None = None
    additional_instructions: str | None = None
    system_message: str | None = None

    def __repr__(self) -> str:
        return f"SessionContextConfig(mode={self.mode.value}, enable_planning={self.enable_planning})"


@dataclass
class LearnedKnowledgeConfig:
    """What agents found out that helps others; kept in a knowledge base.

    Attributes:
        knowledge: The knowledge base; without one nothing is saved or found.
        model: Who reads messages in ALWAYS.
        mode: AGENTIC, PROPOSE or ALWAYS.
        schema: A dataclass in place of `LearnedKnowledge`.
        namespace: For whom: "global", "user" (each user's own), or any name.
        max_updates_per_run: As in `UserProfileConfig`.
        enable_agent_tools: Offer the agent its tools.
        agent_can_save, agent_can_search: Which of them.
        instructions, additional_instructions, system_message: Read by nobody, as in Agno.
    """

    knowledge: Any = None
    model: Any = None
    mode: LearningMode = LearningMode.AGENTIC
    schema: type[Any] | None = None
    namespace: str = "global"
    max_updates_per_run: int | None = None
    enable_agent_tools: bool = True
    agent_can_save: bool = True
    agent_can_search: bool = True
    instructions: str | None = None
    additional_instructions: str | None = None
    system_message: str | None = None

    def __repr__(self) -> str:
        return (
            f"LearnedKnowledgeConfig(mode={self.mode.value}, knowledge={self.knowledge is not None}, "
            f"enable_agent_tools={self.enable_agent_tools})"
        )


@dataclass
class EntityMemoryConfig:
    """What is known of people, companies, projects and the like.

    Attributes:
        db: Where it is kept.
        model: Who judges which facts a new one contradicts.
        mode: AGENTIC; nothing else is taken.
        schema: A dataclass in place of `EntityMemory`.
        namespace: For whom: "global", "user" (each user's own), or any name.
        max_updates_per_run: Read by nobody, as in Agno.
        supersession_threshold: A fact is retired when the judge is so sure, from 0 to 1.
        max_entities_in_context, max_entities_in_directory, max_facts_per_entity, max_events_per_entity: How much of it
            a system message shows.
        enable_agent_tools: Offer the agent its tools.
        instructions, additional_instructions, system_message: For the judge.

    Raises:
        ValueError: Another mode.
    """

    db: Any = None
    model: Any = None
    mode: LearningMode = LearningMode.AGENTIC
    schema: type[Any] | None = None
    namespace: str = "global"
    max_updates_per_run: int | None = None
    supersession_threshold: float = 0.8
    max_entities_in_context: int = 5
    max_entities_in_directory: int = 50
    max_facts_per_entity: int = 10
    max_events_per_entity: int = 5
    enable_agent_tools: bool = True
    instructions: str | None = None
    additional_instructions: str | None = None
    system_message: str | None = None

    def __post_init__(self) -> None:
        agentic_only(self.mode)

    def __repr__(self) -> str:
        return (
            f"EntityMemoryConfig(mode={self.mode.value}, namespace={self.namespace}, "
            f"enable_agent_tools={self.enable_agent_tools})"
        )


def agentic_only(mode: LearningMode) -> None:
    """Refuse a mode that entity memory does not have.

    Raises:
        ConfigurationError: (a ValueError) It is not AGENTIC.
    """
    if mode is not LearningMode.AGENTIC:
        from wherry.core.errors import ConfigurationError

        raise ConfigurationError(
            f"Entity memory is AGENTIC-only, and this is mode={mode!r}.",
            hint="Leave mode out, or give LearningMode.AGENTIC: the agent writes entities through its tools.",
        )


@dataclass
class DecisionLogConfig:
    """What an agent decided, and why.

    Attributes:
        db: Where it is kept.
        model: Read by nobody, as in Agno.
        mode: AGENTIC; any other counts as that.
        schema: A dataclass in place of `DecisionLog`.
        max_updates_per_run, system_message, instructions, additional_instructions: Read by nobody, as in Agno.
        enable_agent_tools: Offer the agent its tools in any mode.
        agent_can_save, agent_can_search: Which of them.
    """

    db: Any = None
    model: Any = None
    mode: LearningMode = LearningMode.AGENTIC
    schema: type[Any] | None = None
    max_updates_per_run: int | None = None
    enable_agent_tools: bool = True
    agent_can_save: bool = True
    agent_can_search: bool = True
    system_message: str | None = None
    instructions: str | None = None
    additional_instructions: str | None = None

    def __repr__(self) -> str:
        return f"DecisionLogConfig(mode={self.mode.value})"
