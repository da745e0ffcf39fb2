"""Models by name: `provider:id` strings and the dictionaries that sessions store.

The table holds the facts of `agno.models.utils`; a provider that Wherry does not offer is refused through the support
matrix. Called by agents and teams at construction, and by manifests.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from wherry.core.errors import ConfigurationError
from wherry.models.base import Model

__all__ = ["PROVIDERS", "get_model", "get_model_from_dict", "model_from", "model_from_string"]

PROVIDERS: dict[str, tuple[str, str, str, str]] = {
    "aimlapi": ("aimlapi", "AIMLAPI", "AIMLAPI", "aimlapi"),
    "anthropic": ("anthropic", "Claude", "Claude", "anthropic"),
    "aws-bedrock": ("aws", "AwsBedrock", "AwsBedrock", "awsbedrock"),
    "aws-claude": ("aws", "Claude", "AwsBedrockAnthropicClaude", "awsbedrock"),
    "azure-ai-foundry": ("azure", "AzureAIFoundry", "AzureAIFoundry", "azure"),
    "azure-foundry-claude": ("azure", "AzureFoundryClaude", "AzureFoundryClaude", "azurefoundry"),
    "azure-openai": ("azure", "AzureOpenAI", "AzureOpenAI", "azure"),
    "azure-openai-responses": ("azure", "AzureOpenAIResponses", "AzureOpenAIResponses", "azure"),
    "cerebras": ("cerebras", "Cerebras", "Cerebras", "cerebras"),
    "cerebras-openai": ("cerebras", "CerebrasOpenAI", "CerebrasOpenAI", "cerebrasopenai"),
    "cohere": ("cohere", "Cohere", "cohere", "cohere"),
    "cometapi": ("cometapi", "CometAPI", "CometAPI", "openai"),
    "cloudflare": ("cloudflare", "Cloudflare", "Cloudflare", "cloudflare"),
    "dashscope": ("dashscope", "DashScope", "Qwen", "dashscope"),
    "deepinfra": ("deepinfra", "DeepInfra", "DeepInfra", "deepinfra"),
    "deepseek": ("deepseek", "DeepSeek", "DeepSeek", "deepseek"),
    "fireworks": ("fireworks", "Fireworks", "Fireworks", "fireworks"),
    "flexai": ("flexai", "FlexAI", "FlexAI", "flexai"),
    "google": ("google", "Gemini", "Gemini", "google"),
    "google-interactions": ("google", "GeminiInteractions", "GeminiInteractions", "google"),
    "groq": ("groq", "Groq", "Groq", "groq"),
    "heabsy": ("heabsy", "Heabsy", "Heabsy", "heabsy"),
    "huggingface": ("huggingface", "HuggingFace", "HuggingFace", "huggingface"),
    "ibm": ("ibm", "WatsonX", "WatsonX", "ibm"),
    "inception": ("inception", "Inception", "Inception", "inceptionlabs"),
    "internlm": ("internlm", "InternLM", "InternLM", "internlm"),
    "langdb": ("langdb", "LangDB", "LangDB", "langdb"),
    "litellm": ("litellm", "LiteLLM", "LiteLLM", "litellm"),
    "litellm-openai": ("litellm", "LiteLLMOpenAI", "LiteLLMOpenAI", "litellm"),
    "llama-cpp": ("llama_cpp", "LlamaCpp", "LlamaCpp", "llamacpp"),
    "llama-openai": ("meta", "LlamaOpenAI", "LlamaOpenAI", "llamaopenai"),
    "llmman": ("llmman", "Llmman", "Llmman", "llmman"),
    "lmstudio": ("lmstudio", "LMStudio", "LMStudio", "lmstudio"),
    "meta": ("meta", "Llama", "Llama", "llama"),
    "minimax": ("minimax", "MiniMax", "MiniMax", "minimax"),
    "mistral": ("mistral", "MistralChat", "MistralChat", "mistral"),
    "moonshot": ("moonshot", "MoonShot", "Moonshot", "moonshot"),
    "n1n": ("n1n", "N1N", "N1N", "n1n"),
    "nebius": ("nebius", "Nebius", "Nebius", "nebius"),
    "neosantara": ("neosantara", "Neosantara", "Neosantara", "neosantara"),
    "nexus": ("nexus", "Nexus", "Nexus", "nexus"),
    "nvidia": ("nvidia", "Nvidia", "Nvidia", "nvidia"),
    "ollama": ("ollama", "Ollama", "Ollama", "ollama"),
    "ollama-responses": ("ollama", "OllamaResponses", "OllamaResponses", "ollama"),
    "openai": ("openai", "OpenAIResponses", "OpenAIResponses", "openai"),
    "openai-chat": ("openai", "OpenAIChat", "OpenAIChat", "openai"),
    "openai-responses": ("openai", "OpenAIResponses", "OpenAIResponses", "openai"),
    "open-responses": ("openai", "OpenResponses", "OpenResponses", "openresponses"),
    "openrouter": ("openrouter", "OpenRouter", "OpenRouter", "openrouter"),
    "openrouter-responses": ("openrouter", "OpenRouterResponses", "OpenRouterResponses", "openrouter"),
    "perplexity": ("perplexity", "Perplexity", "Perplexity", "perplexity"),
    "portkey": ("portkey", "Portkey", "Portkey", "portkey"),
    "ramp": ("ramp", "RampRouter", "RampRouter", "ramprouter"),
    "requesty": ("requesty", "Requesty", "Requesty", "requesty"),
    "sambanova": ("sambanova", "Sambanova", "Sambanova", "sambanova"),
    "siliconflow": ("siliconflow", "Siliconflow", "Siliconflow", "siliconflow"),
    "synthorai": ("synthorai", "Synthorai", "Synthorai", "synthorai"),
    "together": ("together", "Together", "Together", "together"),
    "tokenlab": ("tokenlab", "TokenLab", "TokenLab", "tokenlab"),
    "trustedrouter": ("trustedrouter", "TrustedRouter", "TrustedRouter", "trustedrouter"),
    "tuning-engines": ("tuning_engines", "TuningEngines", "Tuning Engines", "tuning engines"),
    "vercel": ("vercel", "V0", "v0", "vercel"),
    "vertexai-claude": ("vertexai.claude", "Claude", "Claude", "vertexai"),
    "vllm": ("vllm", "VLLM", "VLLM", "vllm"),
    "xai": ("xai", "xAI", "xAI", "xai"),
    "xai-responses": ("xai", "xAIResponses", "xAIResponses", "xai"),
    "xiaomi": ("xiaomi", "MiMo", "MiMo", "xiaomi mimo"),
    "yapi": ("yapi", "YAPI", "YAPI", "yapi"),
}
"""Key → module below `models`, class, its default `name`, its `provider` in lower case."""

_SHARED_BY_SEVERAL = {"azure": "azure-openai", "awsbedrock": "aws-bedrock"}


def _by_name() -> dict[str, str]:
    """Key of each `name` that only one class has."""
    names = [name for _, _, name, _ in PROVIDERS.values()]
    return {name: key for key, (_, _, name, _) in PROVIDERS.items() if names.count(name) == 1}


def _by_provider(provider: str) -> str | None:
    if provider in PROVIDERS:
        return provider
    if provider in _SHARED_BY_SEVERAL:
        return _SHARED_BY_SEVERAL[provider]
    return next((key for key, row in PROVIDERS.items() if row[3] == provider), None)


def key_of(provider: str | None, name: str | None = None) -> str | None:
    """The key of a class from what its instances report; the provider decides, the name only between equals."""
    told = (provider or "").strip().lower()
    named = _by_name().get(name or "")
    if not told:
        return named
    if named is not None and PROVIDERS[named][3] == told:
        return named
    return _by_provider(told)


def _made(key: str | None, asked: str, model_id: str) -> Model:
    if key is None:
        import difflib

        near = difflib.get_close_matches(asked, PROVIDERS, n=1)
        raise ConfigurationError(
            f"Model provider {asked!r} is not supported.",
            hint=f"Did you mean {near[0]!r}?" if near else f"Known providers: {', '.join(PROVIDERS)}.",
        )
    module, cls, *_ = PROVIDERS[key]
    try:
        made: Model = getattr(import_module(f"wherry.models.{module}"), cls)(id=model_id)
    except (ModuleNotFoundError, AttributeError) as error:
        from wherry.core.errors import NotMigratedError
        from wherry.core.matrix import raise_not_migrated

        if isinstance(error, NotMigratedError):
            raise
        raise_not_migrated(f"agno.models.{module}.{cls}", what=f"model provider {asked!r}")
    return made


def model_from_string(text: str) -> Model:
    """A model from `provider:id`, such as ``openai:gpt-5-mini``; mirrors `agno.models.utils.get_model`.

    Raises:
        ConfigurationError: The text has another form, or no such provider exists.
        NotMigratedError: The provider is one that Wherry does not offer.
    """
    provider, colon, model_id = text.partition(":")
    provider, model_id = provider.strip().lower(), model_id.strip()
    if not colon or not provider or not model_id:
        raise ConfigurationError(
            f"Model string {text!r} has not the form '<provider>:<model_id>'.",
            hint="Write for example 'openai:gpt-5-mini'.",
        )
    return _made(_by_provider(provider), provider, model_id)


def get_model(model: Any) -> Any:
    """A model from a model (as it is), a `provider:id` string, or None (None).

    Raises:
        ConfigurationError: It is none of these.
    """
    if model is None or isinstance(model, Model) or hasattr(model, "ainvoke_stream"):
        return model
    if isinstance(model, str):
        return model_from_string(model)
    raise ConfigurationError(
        f"A model must be a Model, a 'provider:id' string or None, not {type(model).__name__} {model!r}.",
        hint="Pass for example OpenAIChat(id='gpt-5-mini') or 'openai:gpt-5-mini'.",
    )


model_from = get_model


def get_model_from_dict(model_data: dict[str, Any]) -> Model:
    """A model from what `Model.to_dict` stored; mirrors `agno.models.utils.get_model_from_dict`.

    Raises:
        ConfigurationError: There is no id, or no such provider.
    """
    if not model_data or not model_data.get("id"):
        raise ConfigurationError(
            f"Stored model {model_data!r} has no 'id'.", hint="Store what Model.to_dict() returns."
        )
    provider, name = model_data.get("provider"), model_data.get("name")
    return _made(key_of(provider, name), str(provider or name), model_data["id"])
