"""What a person is asked for while a run is paused: values, and choices. Mirrors the types of `agno.tools.function`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

_TYPES: dict[str, type] = {kind.__name__: kind for kind in (str, int, float, bool, list, dict)}


@dataclass(slots=True)
class UserInputField:
    """One value a person is asked for; mirrors `agno.tools.function.UserInputField`."""

    name: str
    field_type: Any
    description: str | None = None
    value: Any = None

    def to_dict(self) -> dict[str, Any]:
        """As stored; the type by its name."""
        kind = self.field_type
        return {
            "name": self.name,
            "field_type": kind.__name__ if isinstance(kind, type) else str(kind),
            "description": self.description,
            "value": self.value,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary; a type that is not a JSON type becomes str."""
        kind = data["field_type"]
        if not isinstance(kind, type):
            kind = _TYPES.get(kind, str) if isinstance(kind, str) else str
        return cls(data["name"], kind, data.get("description"), data.get("value"))


@dataclass(slots=True)
class UserFeedbackOption:
    """One choice of a question; mirrors `agno.tools.function.UserFeedbackOption`."""

    label: str
    description: str | None = None
    selected: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As stored."""
        return {"label": self.label, "description": self.description, "selected": self.selected}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary."""
        return cls(data["label"], data.get("description"), data.get("selected", False))


@dataclass(slots=True)
class UserFeedbackQuestion:
    """A question with choices; mirrors `agno.tools.function.UserFeedbackQuestion`."""

    question: str
    header: str | None = None
    options: list[UserFeedbackOption] | None = None
    multi_select: bool = False
    selected_options: list[str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As stored."""
        stored: dict[str, Any] = {
            "question": self.question,
            "header": self.header,
            "multi_select": self.multi_select,
            "selected_options": self.selected_options,
        }
        if self.options is not None:
            stored["options"] = [option.to_dict() for option in self.options]
        return stored

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """From a stored dictionary."""
        options = data.get("options")
        if options is not None:
            options = [UserFeedbackOption.from_dict(item) if isinstance(item, dict) else item for item in options]
        return cls(
            data["question"],
            data.get("header"),
            options,
            data.get("multi_select", False),
            data.get("selected_options"),
        )

    def select(self, labels: list[str]) -> None:
        """Note the labels a person chose."""
        self.selected_options = labels
        for option in self.options or ():
            option.selected = option.label in labels
