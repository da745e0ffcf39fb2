"""`Skill`: what was read of one skill. Made by loaders, kept by `Skills`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Self


@dataclass
class Skill:
    """One skill; mirrors `agno.skills.Skill`.

    Attributes:
        name: By which a model asks for it.
        description: One or two sentences, shown to the model before anything else of the skill is read.
        instructions: The body of SKILL.md.
        source_path: The skill's folder.
        scripts: Names of the files in its folder `scripts`.
        references: Names of the files in its folder `references`.
        metadata: Anything else that its head says.
        license: Under which terms it may be used.
        compatibility: What it needs to work.
        allowed_tools: Tools that it may use; told, not enforced, as in Agno.
    """

    name: str
    description: str
    instructions: str
    source_path: str
    scripts: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    metadata: dict[str, Any] | None = None
    license: str | None = None
    compatibility: str | None = None
    allowed_tools: list[str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """All fields, None among them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From what `to_dict` gave; what is no field is passed over.

        Raises:
            KeyError: One of name, description, instructions and source_path is missing.
        """
        needed = {name: data[name] for name in ("name", "description", "instructions", "source_path")}
        rest = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        return cls(**{**rest, **needed})
