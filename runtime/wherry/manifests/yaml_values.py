"""YAML for manifests: what JSON can say as well, and nothing that means something else than it seems to.

Called by `reading` when a file is YAML; `plain` looks at JSON, too. The loader is PyYAML's own in Python: the one in C
ends the process where a file is nested very deeply.
"""

from __future__ import annotations

from typing import Any

from wherry.manifests.errors import ManifestError

MOST_VALUES = 1_000_000
"""So many values a manifest may stand for; aliases of aliases make billions of a short text."""
_TIME = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"


def load(text: str) -> Any:
    """What a YAML text says; dates stay the texts that they are.

    Raises:
        ManifestError: It is no YAML, a field stands twice in a mapping, or something has no form in JSON.
    """
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise ManifestError("", "YAML needs PyYAML.", hint="pip install 'wherry[api]'") from error
    try:
        return yaml.load(text, _loader())  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1} " if mark is not None else ""
        problem = getattr(error, "problem", None) or error
        raise ManifestError("", f"{line}is not YAML: {problem}") from error
    except ManifestError:
        raise
    except (ValueError, AttributeError) as error:  # a tag such as `!!int` on what it does not fit, too many digits
        raise ManifestError("", f"has a value that cannot be read: {error}") from error


def _loader() -> Any:
    """A class that loads one text."""
    import yaml

    flat: set[int] = set()
    taken = 0  # so many values mappings took over from others

    class Loader(yaml.SafeLoader):
        """Refuses a field that stands twice; YAML itself would take the last one."""

        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's way
            first: [rule for rule in rules if rule[0] != _TIME]
            for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def compose_mapping_node(self, anchor: Any) -> Any:
            """A mapping as it is written, before what it takes over from others (`<<`) is put into it."""
            node = super().compose_mapping_node(anchor)
            seen: set[Any] = set()
            for key, _ in node.value:
                if isinstance(key.value, str) and key.tag != _MERGE:
                    names = _names_of(self.construct_object(key))
                    if not seen.isdisjoint(names):
                        line = key.start_mark.line + 1
                        raise ManifestError("", f"line {line}: {key.value!r} stands twice in one mapping.")
                    seen |= names
            return node

        def flatten_mapping(self, node: Any) -> None:
            """Put into a mapping what it takes over, once; merges of merges make billions of a short text, too."""
            nonlocal taken
            if id(node) in flat:
                return
            flat.add(id(node))
            for part in _merged(node):
                self.flatten_mapping(part)
                taken += len(part.value)
            if taken > MOST_VALUES:
                raise _too_many()
            super().flatten_mapping(node)

    return Loader


def _names_of(key: Any) -> set[Any]:
    """What a key is called here and in JSON, where each is a text; `1` and `0x1` are one key, `true` and `yes` too."""
    return {key} if isinstance(key, str) else {key, "null" if key is None else str(key).lower()}


def _merged(node: Any) -> list[Any]:
    """The mappings that a mapping takes over."""
    named = [value for key, value in node.value if key.tag == _MERGE]
    parts = [part for value in named for part in (value.value if value.id == "sequence" else [value])]
    return [part for part in parts if part.id == "mapping"]


def _too_many() -> ManifestError:
    return ManifestError("", f"stands for more than {MOST_VALUES} values.", hint="Write several manifests.")


def plain(value: Any) -> Any:
    """A value that JSON has a form for, as it is.

    Raises:
        ManifestError: It holds itself, stands for very many values, or has something that JSON has no form for.
    """
    _count(value, {}, set())
    return value


def _count(value: Any, known: dict[int, int], within: set[int]) -> int:
    """How many values a value stands for; each list and mapping is looked at once.

    Args:
        value: The value.
        known: Counts of lists and mappings, by their identity.
        within: The lists and mappings around it.
    """
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ManifestError("", f"half of a character cannot be stored: {value[:80]!r}")
        return 1
    if not isinstance(value, (list, dict)):
        if value is None or isinstance(value, (bool, int, float)):
            return 1
        raise ManifestError("", f"{type(value).__name__} has no form in JSON: {str(value)[:80]}")
    if id(value) in within:
        raise ManifestError("", "an alias stands for something that it is a part of.", hint="Write out what is meant.")
    if id(value) not in known:
        within.add(id(value))
        parts = value if isinstance(value, list) else [part for pair in value.items() for part in pair]
        known[id(value)] = 1 + sum(_count(part, known, within) for part in parts)
        within.discard(id(value))
        if known[id(value)] > MOST_VALUES:
            raise _too_many()
    return known[id(value)]
