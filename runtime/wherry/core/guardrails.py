"""Checks of a run's input that end the run: personal data, prompt injection, OpenAI's moderation, and own ones.

A guardrail is a hook with a sync and an async face; `hooks.normalize_hooks` picks the one that fits. Mirrors
`agno.guardrails`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from wherry.core.errors_checks import CheckTrigger, InputCheckError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class BaseGuardrail(ABC):
    """A check of the input; subclass it, pass instances as `pre_hooks`. Mirrors `agno.guardrails.BaseGuardrail`."""

    @abstractmethod
    def check(self, run_input: Any) -> None:
        """Check the input of a synchronous run.

        Args:
            run_input: A `RunInput` or `TeamRunInput`; it may be changed.

        Raises:
            InputCheckError: The run is to end.
        """

    @abstractmethod
    async def async_check(self, run_input: Any) -> None:
        """Check the input of an asynchronous run; as `check`."""


_PII = {
    "SSN": r"\b\d{3}-\d{2}-\d{4}\b",
    "Credit Card": r"\b\d{4}[\s-]?\d{4}[\s-]?\d{4}[\s-]?\d{4}\b",
    "Email": r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b",
    "Phone": r"\b\d{3}[\s.-]?\d{3}[\s.-]?\d{4}\b",
}


class PIIDetectionGuardrail(BaseGuardrail):
    """Finds personal data by pattern; mirrors `agno.guardrails.PIIDetectionGuardrail`.

    Args:
        mask_pii: Replace what is found by asterisks instead of ending the run.
        enable_ssn_check: Look for US social security numbers.
        enable_credit_card_check: Look for card numbers of 16 digits.
        enable_email_check: Look for e-mail addresses.
        enable_phone_check: Look for phone numbers of 10 digits.
        custom_patterns: Further patterns by name, as text or compiled.

    Raises:
        TypeError: A custom pattern is neither text nor compiled.
        re.error: A custom pattern is not a regular expression.
    """

    def __init__(
        self,
        mask_pii: bool = False,
        enable_ssn_check: bool = True,
        enable_credit_card_check: bool = True,
        enable_email_check: bool = True,
        enable_phone_check: bool = True,
        custom_patterns: Mapping[str, str | re.Pattern[str]] | None = None,
    ) -> None:
        self.mask_pii = mask_pii
        wanted = (enable_ssn_check, enable_credit_card_check, enable_email_check, enable_phone_check)
        self.pii_patterns = {
            name: re.compile(pattern) for (name, pattern), on in zip(_PII.items(), wanted, strict=True) if on
        }
        for name, pattern in (custom_patterns or {}).items():
            if not isinstance(pattern, (str, re.Pattern)):
                raise TypeError(f"custom_patterns[{name!r}] must be a str or re.Pattern, not {pattern!r}.")
            self.pii_patterns[name] = re.compile(pattern)

    def check(self, run_input: Any) -> None:
        """Mask personal data in the input, or refuse it.

        Raises:
            InputCheckError: Some was found and is not to be masked; `additional_data["detected_pii"]` names the kinds.
        """
        content = run_input.input_content_string()
        detected = [name for name, pattern in self.pii_patterns.items() if pattern.search(content)]
        if not detected:
            return
        if not self.mask_pii:
            raise InputCheckError(
                "Potential PII detected in input",
                additional_data={"detected_pii": detected},
                check_trigger=CheckTrigger.PII_DETECTED,
            )
        for name in detected:
            content = self.pii_patterns[name].sub(lambda found: "*" * len(found.group(0)), content)
        run_input.input_content = content

    async def async_check(self, run_input: Any) -> None:
        """As `check`."""
        self.check(run_input)


# Wordings of the reference; what one refuses the other must refuse.
_INJECTIONS = (
    *("ignore previous instructions", "ignore your instructions", "you are now a", "forget everything above"),
    *("developer mode", "override safety", "disregard guidelines", "system prompt", "jailbreak", "act as if"),
    *("pretend you are", "roleplay as", "simulate being", "bypass restrictions", "ignore safeguards"),
    *("admin override", "root access", "forget everything"),
)


class PromptInjectionGuardrail(BaseGuardrail):
    """Finds wordings of prompt injection; mirrors `agno.guardrails.PromptInjectionGuardrail`.

    Args:
        injection_patterns: Lower-case wordings to look for; the default is a list of common ones.
    """

    def __init__(self, injection_patterns: list[str] | None = None) -> None:
        self.injection_patterns = injection_patterns or list(_INJECTIONS)

    def check(self, run_input: Any) -> None:
        """Refuse an input that contains one of the wordings, whatever its case.

        Raises:
            InputCheckError: It does.
        """
        content = run_input.input_content_string().lower()
        if any(wording in content for wording in self.injection_patterns):
            raise InputCheckError(
                "Potential jailbreaking or prompt injection detected.", check_trigger=CheckTrigger.PROMPT_INJECTION
            )

    async def async_check(self, run_input: Any) -> None:
        """As `check`."""
        self.check(run_input)


_CATEGORIES = (
    *("harassment", "harassment_threatening", "hate", "hate_threatening", "illicit", "illicit_violent"),
    *("self_harm", "self_harm_instructions", "self_harm_intent", "sexual", "sexual_minors"),
    *("violence", "violence_graphic"),
)


def _category(name: str) -> str:
    """A category as Agno names it: `self_harm_intent` for the service's `self-harm/intent`."""
    return name.replace("/", "_").replace("-", "_")


def _by_category(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by category, under Agno's names and the service's own; None where the service said nothing."""
    return {**dict.fromkeys(_CATEGORIES), **{_category(name): value for name, value in values.items()}, **values}


def judge_moderation(result: Mapping[str, Any], raise_for: Sequence[str] | None) -> None:
    """Refuse what a moderation result flags.

    Args:
        result: One element of `results` in OpenAI's moderation response.
        raise_for: Categories that count; None for all.

    Raises:
        InputCheckError: A category that counts is flagged; `additional_data` holds categories and scores.
    """
    if not result.get("flagged"):
        return
    found = {name: _by_category(result.get(name) or {}) for name in ("categories", "category_scores")}
    if raise_for is None or any(found["categories"].get(_category(name)) for name in raise_for):
        raise InputCheckError(
            "OpenAI moderation violation detected.",
            additional_data=found,
            check_trigger=CheckTrigger.INPUT_NOT_ALLOWED,
        )
