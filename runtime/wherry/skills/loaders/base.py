"""`SkillLoader`: what a place that skills come from has to be able to do. Subclassed by `local` and by applications."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wherry.skills.skill import Skill


class SkillLoader(ABC):
    """A place that skills come from; mirrors `agno.skills.SkillLoader`."""

    @abstractmethod
    def load(self) -> list[Skill]:
        """Read the skills that are there now.

        Raises:
            SkillValidationError: One of them breaks the rules; `Skills` passes this on, and logs anything else.
        """
