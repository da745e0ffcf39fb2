"""How entities are told apart: slugs, kinds, and whether a text names one.

What comes out decides under which row an entity is found, so it is Agno's exactly. There is no way to part two entities
that were taken for one: in doubt they stay two. Called by the store of entities and what it is made of.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

UNKNOWN = "unknown"
"""Kind of an entity that was related to before anything was told of it; the one kind that any other replaces."""

_KINDS = frozenset({"company", "person", "product", "project", "system"})
_PLURALS = {"companies": "company", "people": "person", "persons": "person"}
_SIGNS = (("++", "_plus_plus_"), ("+", "_plus_"), ("#", "_sharp_"))  # C, C++ and C# are three

# Words by which no entity is looked for.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and any anyone anything are as asked at be been before between but by came can "
        "come could did do does each everyone everything for from get give go going had has have her hers him his how "
        "hows i if in into is it its just know let lets like make many may me might more much must my need new no not "
        "nothing of ok okay on or other our ours over please said says shall she should show so some someone "
        "something still tell than that the their theirs them then there they thing things this to told too us very "
        "want was we went were what whats when where which who whos why will with would yes you your yours",
    )
)


def slug(name: str) -> str:
    """The id of an entity by its name: lower case, words joined by underscores, accents left out, scripts kept."""
    letters = unicodedata.normalize("NFKD", name.strip().lower())
    text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    for sign, word in _SIGNS:
        text = text.replace(sign, word)
    return re.sub(r"\W+", "_", text).strip("_") or name.strip().lower()


def named(name: str | None) -> bool:
    """Whether a name has a letter or digit by which it can be told apart."""
    return bool(name and name.strip() and re.search(r"[^\W_]", slug(name)))


def folded(text: str) -> str:
    """A text without differences of case and blanks, to compare names and facts."""
    return re.sub(r"\s+", " ", text.strip().casefold())


def kind_of(entity_type: Any) -> Any:
    """A kind in lower case and, where it is a common one, in the singular; what is blank is left as it is."""
    if entity_type is None:
        return None
    text = str(entity_type)
    if not text.strip():
        return text
    kind = re.sub(r"\s+", "_", text.strip().lower())
    if kind in _PLURALS:
        return _PLURALS[kind]
    return kind[:-1] if kind.endswith("s") and kind[:-1] in _KINDS else kind


def may_be_one(kind: Any, other: Any) -> bool:
    """Whether two of one name may be the same: of one kind, or of a kind that is not known."""
    left, right = kind_of(kind), kind_of(other)
    return not left or not right or left == right or UNKNOWN in {left, right}


def split_kind(name: str, kinds: Sequence[str]) -> tuple[str, str | None]:
    """A name and the kind before its slash, as in project/Harbor; a slash in a name such as AC/DC is none.

    Args:
        name: What was said.
        kinds: Those that what follows the slash may be of.
    """
    kind, _, rest = (part.strip() for part in name.partition("/"))
    if kind and rest and kind_of(kind) in {kind_of(one) for one in kinds}:
        return rest, kind
    return name, None


def given(text: str | None) -> str | None:
    """A text, or None for a blank one: models fill what they leave out with nothing."""
    return (text.strip() or None) if text is not None else None


def names_of(entity: Any) -> list[str]:
    """The name of an entity and its other names."""
    aliases = getattr(entity, "aliases", None) or ()
    return [str(name) for name in (getattr(entity, "name", None), *aliases) if name]


def key_of(entity: Any) -> tuple[Any, Any]:
    """What tells an entity apart within a namespace."""
    return entity.entity_id, entity.entity_type


def says(text: str, words: str) -> bool:
    """Whether a text has these words, each as a whole; both are folded."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def says_slug(text: str, wanted: str) -> bool:
    """Whether a text names the entity of a slug, whatever its accents, hyphens and signs."""
    words, parts = [part for part in slug(text).split("_") if part], [part for part in wanted.split("_") if part]
    return bool(parts) and any(
        words[start : start + len(parts)] == parts for start in range(len(words) - len(parts) + 1)
    )


def telling_words(message: str, most: int = 8) -> list[str]:
    """The words of a message by which an entity may be found, in their order, each once."""
    found: dict[str, None] = {}
    for word in re.findall(r"\w[\w'-]*", message.lower()):
        if len(word) > 2 and word not in _COMMON and len(found) < most:
            found[word] = None
    return list(found)


def words_to_search(message: str, known: Iterable[Any], most: int = 3) -> list[str]:
    """The words of a message that are worth a search: names within a sentence first, then the longest.

    Args:
        message: What the user says.
        known: Entities that are found already; words of their names are left out.
        most: At most so many.
    """
    covered = {word for one in known for word in folded(getattr(one, "name", None) or one.entity_id).split()}
    capitals = {word.lower() for word in re.findall(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]+", message)}
    words = [word for word in telling_words(message) if word not in covered]
    return sorted(words, key=lambda word: (word not in capitals, -len(word)))[:most]
