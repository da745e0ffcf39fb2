"""What an option must be, for those whose wrong values would surface in the middle of a run, or not at all.

Data only, and the one check over it. Called by `runner`: at construction for options that were given, and for the
schema of a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


class WrongKind(ConfigurationError, TypeError):
    """An object of another kind than its option takes."""


class NoManager(ConfigurationError, AttributeError):
    """An object without the methods that its place asks for."""


def _off(value: Any) -> bool:
    """Whether an option is switched off, which Agno takes for none where it asks for truth only."""
    return value is False


def _tells(value: Any) -> bool:
    if isinstance(value, (bytes, bytearray)):
        return False  # they would be told as numbers
    return callable(value) or isinstance(value, Iterable) or _off(value)


def _is_message(value: Any) -> bool:
    return isinstance(value, str) or callable(value) or hasattr(value, "role")


def _follows(value: Any) -> bool:
    return hasattr(value, "__bool__") or hasattr(value, "model")  # truth of any make: 1, numpy's


def _is_whole(value: Any) -> bool:
    return hasattr(value, "__index__")  # of any make, too: those of numpy are no `int`


def _filters(value: Any) -> bool:
    return _off(value) or isinstance(value, (Mapping, list)) or hasattr(value, "to_dict")  # one expression, too


def _is_schema(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, type) and hasattr(value, "model_json_schema"))


def _manages(value: Any) -> bool:
    return hasattr(value, "model") and not isinstance(value, type)


def _has_skills(value: Any) -> bool:
    return hasattr(value, "get_tools") and hasattr(value, "get_system_prompt_snippet") and not isinstance(value, type)


def _keeps_media(value: Any) -> bool:
    return hasattr(value, "upload") and hasattr(value, "download") and not isinstance(value, type)


def _stores(value: Any) -> bool:
    return hasattr(value, "get_session") and not isinstance(value, type)


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


def _may_be(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds) or _off(value)


KINDS: dict[str, tuple[Callable[[Any], bool], str, type[ConfigurationError]]] = {
    "instructions": (_tells, "a text, a list of texts or a function that returns one", WrongKind),
    "system_message": (_is_message, "a text, a Message or a function that returns one", WrongKind),
    "dependencies": (_is(Mapping), "a dictionary", WrongKind),
    "metadata": (_is(Mapping), "a dictionary", WrongKind),
    "knowledge_filters": (_filters, "a dictionary or filter expressions", WrongKind),
    "followups": (_follows, "True, False or a FollowupConfig", WrongKind),
    "num_followups": (_is_whole, "a whole number", WrongKind),
    "events_to_skip": (_may_be(Iterable), "a list of events", WrongKind),
    "output_schema": (_is_schema, "a pydantic class or a JSON schema as a dictionary", WrongKind),
    "save_response_to_file": (_may_be(str, PathLike), "a path", WrongKind),
    "memory_manager": (_manages, "a MemoryManager", NoManager),
    "session_summary_manager": (_manages, "a SessionSummaryManager", NoManager),
    "db": (_stores, "a database such as SqliteDb(db_file='agent.db')", NoManager),
    "media_storage": (_keeps_media, "a MediaStorage", NoManager),
    "skills": (_has_skills, "a Skills", NoManager),
}
"""What an option takes, in code and in words, and the error when it is given something else."""

USUAL: dict[str, frozenset[type]] = {
    name: frozenset(kind for kind in (str, list, dict, bool, int) if fits(kind())) | {type(None)}
    for name, (fits, _, _) in KINDS.items()
}
"""Types that need no look: a constructor pays next to nothing for what is usual."""


def check_kind(name: str, value: Any) -> None:
    """Refuse an option that is not what it must be.

    Raises:
        ConfigurationError: (a ValueError) It is of the wrong kind; also a TypeError, or an AttributeError for a
            manager, as Agno raises when the run reaches it.
    """
    fits, words, error = KINDS[name]
    if not fits(value):
        raise error(f"{name} must be {words}, not {value!r}.", hint=f"Give {words}, or leave {name} out.")
