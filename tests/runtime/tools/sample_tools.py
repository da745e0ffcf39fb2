"""Signatures that tools have in the wild, written once and loaded on both runtimes.

`RUNTIME` names the package whose classes the annotations use. Each function is a case of the parity tests. The old
spellings of types are cases too, since they differ on the wire; hence:
"""

# ruff: noqa: UP006, UP007, UP035, UP045

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from importlib import import_module
from typing import (
    Annotated,
    Any,
    Dict,
    List,
    Literal,
    NamedTuple,
    NewType,
    Optional,
    Set,
    Tuple,
    TypeVar,
    Union,
)

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

RUNTIME = os.environ.get("TOOLS_UNDER_TEST", "wherry")
RunContext = import_module(f"{RUNTIME}.run").RunContext
Agent = import_module(f"{RUNTIME}.agent").Agent
media = import_module(f"{RUNTIME}.media")
FunctionCall = import_module(f"{RUNTIME}.tools.function").FunctionCall
Image, File = media.Image, media.File


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Address(BaseModel):
    """Where somebody lives."""

    street: str = Field(description="Street and number")
    city: str
    country: str | None = None


class Person(BaseModel):
    name: str
    age: int = Field(ge=0)
    home: Address
    others: list[Address] = []
    mood: Literal["good", "bad"] = "good"
    labels: dict[str, int] = {}


class Tree(BaseModel):
    value: int
    children: list["Tree"] = []


@dataclass
class Point:
    x: int
    y: float = 0.0
    label: str | None = None
    tags: list[str] = field(default_factory=list)
    near: list[int] | None = None


class Movie(TypedDict):
    title: str
    year: int


class Pair(NamedTuple):
    left: int
    right: str


UserId = NewType("UserId", str)


def no_parameters() -> str:
    """Say hello."""
    return "hello"


def nothing_at_all():
    return 1


def scalars(a: int, b: float, c: str, d: bool) -> str:
    """Take scalars."""
    return repr((a, b, c, d))


def defaults(a: int, b: float = 1.5, c: str = "x", d: bool = False, e: int | None = None) -> str:
    """Take defaults.

    Longer words about it
    over two lines.

    And a second paragraph.

    Args:
        a (int): The first one.
        b: The second one,
            over two lines.
        c (str, optional): The third one. Defaults to "x".

    Returns:
        str: What was taken.

    Raises:
        ValueError: Never.
    """
    return repr((a, b, c, d, e))


def untyped(a, b=2):
    """No annotations.

    Args:
        a: First.
        b (int): Second.
    """
    return repr((a, b))


def optionals(a: Optional[str], b: Union[int, None] = None, c: int | None = None, d: Optional[List[int]] = None):
    """Optionals of all spellings."""
    return repr((a, b, c, d))


def unions(a: Union[int, str], b: int | str, c: Union[int, str, None] = None, d: Union[List[int], Dict[str, int]] = 0):
    """Unions."""
    return repr((a, b, c, d))


def new_unions(a: list[int] | None, b: int | str | None = None, c: list[str] | dict[str, int] | None = None):
    """Unions written with a bar."""
    return repr((a, b, c))


def literals(
    a: Literal["x", "y"],
    b: Literal[1, 2],
    c: Literal[True],
    d: Literal[1, 2.5],
    e: Literal["a", 1],
    f: Literal["z"] = "z",
):
    """Literals."""
    return repr((a, b, c, d, e, f))


def optional_literal(a: Optional[Literal["x", "y"]] = None, b: Literal["x"] | None = None):
    """An optional literal."""
    return repr((a, b))


def enums(a: Colour, b: Optional[Colour] = None, c: Level = Level.LOW, d: List[Colour] = []):  # noqa: B006
    """Enums."""
    return repr((a, b, c, d))


def containers(
    a: List[str],
    b: list[int],
    c: Dict[str, float],
    d: dict[str, list[int]],
    e: Set[int],
    f: Tuple[int, str],
    g: tuple[int, ...],
    h: frozenset[str],
):
    """Containers."""
    return repr((a, b, c, d, sorted(e), f, g, sorted(h)))


def bare_containers(a: list, b: dict, c: List, d: Dict, e: set, f: tuple):
    """Bare containers."""
    return repr((a, b, c, d, e, f))


def nested(a: List[Dict[str, List[Optional[int]]]], b: Dict[str, Dict[str, Any]], c: List[Tuple[int, str]]):
    """Nested containers."""
    return repr((a, b, c))


def models(a: Person, b: Optional[Address] = None, c: List[Address] = []):  # noqa: B006
    """Models.

    Args:
        a: Who.
        b (Address): Where.
    """
    return repr((a, b, c))


def recursive_model(a: Tree):
    """A tree."""
    return repr(a)


def model_union(a: Union[Address, Point], b: Optional[Union[Address, str]] = None):
    """A union of models."""
    return repr((a, b))


def dataclasses_(a: Point, b: Optional[Point] = None, c: List[Point] = []):  # noqa: B006
    """Dataclasses."""
    return repr((a, b, c))


def typed_dicts(a: Movie, b: List[Movie] = [], c: Optional[Pair] = None):  # noqa: B006
    """Typed dicts."""
    return repr((a, b, c))


def standard_types(a: datetime, b: date, c: Decimal, d: bytes, e: complex):
    """Standard types."""
    return repr((a, b, c, d, e))


def abstract_types(a: Sequence[str], b: Mapping[str, int], c: Any, d: object, e: Callable[[int], int]):
    """Abstract types."""
    return repr((a, b, c, d, e))


def aliases(a: UserId, b: List[UserId]):
    """New types."""
    return repr((a, b))


def annotated(
    a: Annotated[int, Field(gt=0, description="positive")],
    b: Annotated[str, "note"] = "x",
    c: Annotated[Optional[int], "note"] = None,
    d: int = Field(default=3, ge=1),
):
    """Annotated."""
    return repr((a, b, c, d))


def keyword_only(a: int, *, b: str = "x", c: int):
    """Keyword only."""
    return repr((a, b, c))


def variadic(a: int, *rest: int, **more: str):
    """Variadic."""
    return repr((a, rest, more))


def positional_only(a: int, /, b: int = 1):
    """Positional only."""
    return repr((a, b))


def injected_by_name(query: str, run_context, images=None, files=None, top: int = 3):
    """Injected by name.

    Args:
        query (str): What to look for.
        run_context: The context.
        top: How many.
    """
    return repr((query, run_context is not None, images, files, top))


def injected_agent(agent, query: str, team=None):
    """Injected agent."""
    return repr((query, agent is not None, team))


def injected_by_type(query: str, ctx: RunContext, who: Optional[RunContext] = None, it: RunContext | None = None):
    """Injected by type."""
    return repr((query, ctx is not None, who is not None, it is not None))


def agent_by_type(query: str, owner: Agent, other: Union[str, Agent] = "x", many: Optional[List[Agent]] = None):
    """Agent by type."""
    return repr((query, owner is not None, other, many))


Here = NewType("Here", RunContext)
Bound = TypeVar("Bound", bound=RunContext)
OneOf = TypeVar("OneOf", RunContext, Agent)


@dataclass
class Wrapped:
    here: RunContext
    n: int = 0


@dataclass
class Unreadable:
    other: "NotThere"  # noqa: F821


def injected_exotic(
    query: str,
    a: Annotated[RunContext, "note"],
    b: Here,
    c: Bound,
    d: Optional[List[RunContext]] = None,
    e: Optional[Wrapped] = None,
    f: Union[str, RunContext] = "x",
    g: Union[Agent, RunContext, None] = None,
    h: Dict[str, Wrapped] = {},  # noqa: B006
    i: Optional[Unreadable] = None,
):
    """Injected in exotic ways."""
    return repr((query, a is not None, b is not None, c is not None, d, e, f is not None, g is not None, h, i))


def injected_constrained(query: str, a: OneOf, *rest: RunContext, b: Optional[Agent] = None, **more: RunContext):
    """Injected by constraints."""
    return repr((query, a is not None, rest, b is not None, more))


def call_injected(query: str, fc: FunctionCall):
    """The call injected."""
    return repr((query, fc.arguments))


def state_is_the_models(session_state: dict, dependencies: Dict[str, Any], metadata: Optional[dict] = None):
    """Names that are not injected."""
    return repr((session_state, dependencies, metadata))


def google_style(path: str, depth: int = 1) -> list[str]:
    """Walk a folder.

    Args:
        path (str): Folder to walk.
        depth (int, optional): How deep. Defaults to 1.
        missing (str): Not a parameter.

    Yields:
        str: A name.

    Example:
        >>> google_style("/")
    """
    return [path, str(depth)]


def numpy_style(path: str, depth: int = 1):
    """Walk a folder.

    Parameters
    ----------
    path : str
        Folder to walk.
    depth : int
        How deep.

    Returns
    -------
    list
        Names.
    """
    return [path, depth]


def rest_style(path: str, depth: int = 1):
    """Walk a folder.

    :param path: Folder to walk.
    :type path: str
    :param int depth: How deep.
    :returns: Names.
    """
    return [path, depth]


def one_line_with_colon(a: int):
    """Note: this is one line."""
    return a


def blank_descriptions(a: int, b: str):
    """Blank.

    Args:
        a (int):
        b:
    """
    return a


def uses_self_name(this: int, cls: str = "x"):
    """Odd names."""
    return repr((this, cls))


async def coroutine(a: int, b: str | None = None) -> str:
    """Async."""
    return repr((a, b))


def generator(a: int):
    """Generator."""
    yield f"{a}-"
    yield "done"


async def async_generator(a: int):
    """Async generator."""
    yield f"{a}-"
    yield "done"


CASES = {
    name: value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", None) == __name__
    and not isinstance(value, type)
    and not isinstance(value, NewType)
}
# A bare media parameter: hidden on one way, filled by the model on the other.
MEDIA_CASES = {}


def bare_media(query: str, picture: Image, paper: File | None = None):
    """Bare media."""
    return repr(query)


MEDIA_CASES["bare_media"] = bare_media
