"""`LocalSkills`: skills in folders of this machine. Given to `Skills`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wherry.core.log import log_debug, log_warning
from wherry.skills.errors import SkillValidationError
from wherry.skills.head import head_and_body
from wherry.skills.loaders.base import SkillLoader
from wherry.skills.skill import Skill
from wherry.skills.validator import validate_skill_directory

if TYPE_CHECKING:
    from os import PathLike

_HEAD = "SKILL.md"


class LocalSkills(SkillLoader):
    """Skills in a folder; mirrors `agno.skills.LocalSkills`.

    Args:
        path: The folder of one skill, in which a SKILL.md is, or a folder of such folders.
        validate: Refuse a skill that breaks the rules; otherwise what can be read of it is taken.
    """

    def __init__(self, path: str | PathLike[str], validate: bool = True) -> None:
        self.path = Path(path).resolve()
        self.validate = validate

    def load(self) -> list[Skill]:
        """Read the skills.

        Raises:
            FileNotFoundError: There is no such folder.
            SkillValidationError: `validate`, and a skill breaks the rules.
            MissingPackage: (an ImportError) `validate`, and PyYAML is not installed.
        """
        if not self.path.exists():
            raise FileNotFoundError(f"The folder of skills does not exist: {self.path}")
        found = [skill for folder in self._folders() if (skill := self._read(folder)) is not None]
        log_debug(f"{len(found)} skills were read from {self.path}")
        return found

    def _folders(self) -> list[Path]:
        if (self.path / _HEAD).exists():
            return [self.path]
        visible = [item for item in sorted(self.path.iterdir()) if item.is_dir() and not item.name.startswith(".")]
        return [folder for folder in visible if (folder / _HEAD).exists()]

    def _read(self, folder: Path) -> Skill | None:
        if self.validate:
            wrong = validate_skill_directory(folder)
            if wrong:
                raise SkillValidationError(f"The skill in {folder} breaks the rules for skills", errors=wrong)
        try:
            head, body = head_and_body((folder / _HEAD).read_text(encoding="utf-8"))
            return Skill(
                name=head.get("name", folder.name),
                description=head.get("description", ""),
                instructions=body,
                source_path=str(folder),
                scripts=_files(folder / "scripts"),
                references=_files(folder / "references"),
                metadata=head.get("metadata"),
                license=head.get("license"),
                compatibility=head.get("compatibility"),
                allowed_tools=head.get("allowed-tools"),
            )
        except (OSError, UnicodeDecodeError, AttributeError) as error:  # AttributeError: a head that is no mapping
            log_warning(f"The skill in {folder} cannot be read and is left out: {error}")
            return None


def _files(folder: Path) -> list[str]:
    """Names of the files right inside of a folder, sorted; hidden ones are left out."""
    if not folder.is_dir():
        return []
    return sorted(item.name for item in folder.iterdir() if item.is_file() and not item.name.startswith("."))
