"""`wherry.reasoning`: which models think by themselves, as Agno 3.1.10 tells where no service answers."""

from __future__ import annotations

import pytest

from wherry.models.openai.like import OpenAILike
from wherry.reasoning.anthropic import is_anthropic_reasoning_model
from wherry.reasoning.azure_ai_foundry import is_ai_foundry_reasoning_model
from wherry.reasoning.deepseek import is_deepseek_reasoning_model
from wherry.reasoning.gemini import is_gemini_reasoning_model
from wherry.reasoning.groq import is_groq_reasoning_model
from wherry.reasoning.moonshot import is_moonshot_reasoning_model
from wherry.reasoning.ollama import is_ollama_reasoning_model
from wherry.reasoning.openai import is_openai_reasoning_model
from wherry.reasoning.openrouter import is_openrouter_reasoning_model
from wherry.reasoning.vertexai import is_vertexai_reasoning_model

CHECKS = {
    "Anthropic": is_anthropic_reasoning_model,
    "Foundry": is_ai_foundry_reasoning_model,
    "DeepSeek": is_deepseek_reasoning_model,
    "Gemini": is_gemini_reasoning_model,
    "Groq": is_groq_reasoning_model,
    "MoonShot": is_moonshot_reasoning_model,
    "Ollama": is_ollama_reasoning_model,
    "OpenAI": is_openai_reasoning_model,
    "OpenRouter": is_openrouter_reasoning_model,
    "VertexAI": is_vertexai_reasoning_model,
}


def _model(kind, name, **settings):
    return type(kind, (), {"id": name, **settings})()


THINKING = {"type": "enabled", "budget_tokens": 1024}


@pytest.mark.parametrize(
    ("model", "told_by"),
    [
        (_model("Claude", "claude-x", provider="Anthropic", thinking=THINKING), "Anthropic"),
        (_model("Claude", "claude-x", provider="Anthropic", thinking=None), None),
        (_model("Claude", "claude-x", provider="VertexAI", thinking=THINKING), "VertexAI"),
        (_model("Claude", "claude-x", thinking=THINKING), None),
        (_model("Gemini", "gemini-2.5-flash"), "Gemini"),
        (_model("Gemini", "Gemini-3-pro"), "Gemini"),
        (_model("Gemini", "gemini-1.5-pro"), None),
        (_model("Gemini", "gemini-1.5-pro", thinking_budget=0), None),
        (_model("Gemini", "gemini-1.5-pro", thinking_budget=9), "Gemini"),
        (_model("Gemini", "gemini-1.5-pro", include_thoughts=True), "Gemini"),
        (_model("OpenAIChat", "gpt-5-mini"), "OpenAI"),
        (_model("AzureOpenAI", "o3"), "OpenAI"),
        (_model("OpenAIResponses", "gpt-4.1"), None),
        (OpenAILike(id="DeepSeek-R1-Distill"), "OpenAI"),
        (OpenAILike(id="gpt-5"), None),
        (_model("DeepSeek", "deepseek-reasoner"), "DeepSeek"),
        (_model("DeepSeek", "deepseek-v3.2-exp"), "DeepSeek"),
        (_model("DeepSeek", "deepseek-chat"), None),
        (_model("Groq", "qwen/qwen3-32b"), "Groq"),
        (_model("Groq", "llama-3"), None),
        (_model("Ollama", "qwq:32b"), "Ollama"),
        (_model("Ollama", "llama3"), None),
        (_model("OpenRouter", "OpenAI/o3"), "OpenRouter"),
        (_model("OpenRouter", "meta/llama-4"), None),
        (_model("MoonShot", "kimi-k2-thinking"), "MoonShot"),
        (_model("MoonShot", "kimi-k2"), None),
        (_model("AzureAIFoundry", "DeepSeek-V3"), "Foundry"),
        (_model("AzureAIFoundry", "phi-4"), None),
    ],
)
def test_one_check_or_none_says_yes(model, told_by):
    assert [name for name, check in CHECKS.items() if check(model)] == ([told_by] if told_by else [])
