"""`Provider`: one thing an agent may use, as data (requirement R06), and the built-in ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wherry.core.errors import NotMigratedError
from wherry.manifests.errors import ManifestError
from wherry.manifests.reading import Fields, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("model", "toolkit", "knowledge", "memory", "guardrail")
STATUSES = ("available", "limited", "planned", "not_migrated")


@dataclass(frozen=True, slots=True)
class Provider:
    """One thing an agent may use.

    Attributes:
        kind: model, toolkit, knowledge, memory or guardrail.
        id: Unique within its kind.
        factory: `module:Class` or `module:function`, called with the options.
        options: Keyword arguments of the factory. A mapping of `factory` and perhaps `options`, at any depth, stands
            for what that factory makes: the vector store of a knowledge base, and the embedder of the store.
        capabilities: What it can do, in words that others may ask for (`tools`, `streaming`, `vision`, …).
        status: available, limited, planned or not_migrated.
        fallback: What to use instead when it is not there.
        feature: Row of the support matrix that speaks of it.
    """

    kind: str
    id: str
    factory: str
    options: dict[str, Any] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    status: str = "available"
    fallback: str = ""
    feature: str = ""

    @classmethod
    def from_dict(cls, data: Any, where: str = "") -> Provider:
        """A provider from its manifest.

        Raises:
            ManifestError: A field is missing, unknown or of the wrong kind.
        """
        fields = Fields(data, where)
        made = cls(
            kind=fields.choice("kind", KINDS, ""),
            id=fields.take("id", str, required=True),
            factory=fields.take("factory", str, ""),
            options=fields.take("options", dict, {}),
            capabilities=tuple(fields.texts("capabilities")),
            status=fields.choice("status", STATUSES, "available"),
            fallback=fields.take("fallback", str, ""),
            feature=fields.take("feature", str, ""),
        )
        fields.done()
        if made.status in ("available", "limited") and ":" not in made.factory:
            raise ManifestError(fields.at("factory"), f"must be 'module:name', not {made.factory!r}")
        if made.status not in ("available", "limited") and not made.fallback:
            raise ManifestError(fields.at("fallback"), "must say what to use instead")
        return made

    def build(self, **more: Any) -> Any:
        """Make the thing.

        Raises:
            NotMigratedError: It is not there; the message names its fallback.
            ManifestError: A factory cannot be imported or called.
        """
        if self.status in ("planned", "not_migrated"):
            feature = self.feature or f"{self.kind}.{self.id}"
            raise NotMigratedError(feature, what=f"{self.kind} provider {self.id!r}", fallback=self.fallback)
        return made_by(self.factory, {**self.options, **more}, f"{self.kind} {self.id}")


def made_by(named: Any, options: dict[str, Any], where: str) -> Any:
    """What a factory makes of its options; those that are factories themselves go first.

    Raises:
        ManifestError: A factory cannot be imported or called.
    """
    module, colon, name = named.partition(":") if isinstance(named, str) else ("", "", "")
    if not (module and colon and name):
        raise ManifestError(where, f"a factory must be 'module:name', not {shown(named)}")
    try:
        factory = getattr(import_module(module), name)
    except (ImportError, AttributeError, TypeError, ValueError, SyntaxError) as error:
        raise ManifestError(where, f"{named!r} cannot be imported: {error}") from error
    given = {key: _option(value, where) for key, value in options.items()}
    try:
        return factory(**given)
    except (TypeError, ValueError) as error:
        raise ManifestError(where, f"{named!r} refuses its options: {error}") from error


def _option(value: Any, where: str) -> Any:
    """An option of a factory, what it describes made."""
    if isinstance(value, list):
        return [_option(item, where) for item in value]
    if not isinstance(value, dict):
        return value
    if "factory" in value and set(value) <= {"factory", "options"}:
        options = value.get("options") or {}
        if not isinstance(options, dict):
            raise ManifestError(where, f"options of {value['factory']!r} must be a mapping, not {shown(options)}")
        return made_by(value["factory"], options, where)
    return {key: _option(item, where) for key, item in value.items()}


def from_list(data: Any) -> Iterable[Provider]:
    """Providers from a manifest: a list, or a mapping with `providers`."""
    if isinstance(data, dict) and "providers" in data:
        data = data["providers"]
    if not isinstance(data, list):
        raise ManifestError("providers", f"must be a list, not {shown(data)}")
    return [Provider.from_dict(item, f"providers[{number}]") for number, item in enumerate(data)]


BUILT_IN = (
    Provider("toolkit", "calculator", "wherry.tools.calculator:CalculatorTools", capabilities=("arithmetic",)),
    Provider("toolkit", "reasoning", "wherry.tools.reasoning:ReasoningTools", capabilities=("thinking",)),
    Provider("toolkit", "hackernews", "wherry.tools.hackernews:HackerNewsTools", capabilities=("news", "network")),
    Provider("toolkit", "websearch", "wherry.tools.websearch:WebSearchTools", capabilities=("search", "network")),
    Provider("guardrail", "pii", "wherry.guardrails:PIIDetectionGuardrail", capabilities=("input",)),
    Provider("guardrail", "pii-mask", "wherry.guardrails:PIIDetectionGuardrail", {"mask_pii": True}, ("input",)),
    Provider("guardrail", "prompt-injection", "wherry.guardrails:PromptInjectionGuardrail", capabilities=("input",)),
    Provider("guardrail", "moderation", "wherry.guardrails:OpenAIModerationGuardrail", capabilities=("input",)),
    Provider("memory", "default", "wherry.memory:MemoryManager", capabilities=("user",)),
)
