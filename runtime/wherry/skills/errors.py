"""Exceptions of skills; mirrors `agno.skills.errors`. Raised by the loaders and the validator."""

from __future__ import annotations


class SkillError(Exception):
    """Root of what can be wrong with a skill."""


class SkillParseError(SkillError):
    """A SKILL.md cannot be read."""


class SkillValidationError(SkillError):
    """A skill breaks the rules for skills.

    Attributes:
        errors: Everything that is wrong, one text each; by default the message alone.
    """

    def __init__(self, message: str, errors: list[str] | None = None) -> None:
        super().__init__(message)
        self.errors = [message] if errors is None else errors

    def __str__(self) -> str:
        if len(self.errors) == 1:
            return self.errors[0]
        return f"{len(self.errors)} validation errors: {'; '.join(self.errors)}"
