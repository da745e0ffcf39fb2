"""Models by name."""

import pytest

from wherry.core.errors import ConfigurationError, NotMigratedError
from wherry.models.anthropic import Claude
from wherry.models.base import Model
from wherry.models.names import PROVIDERS, get_model_from_dict, model_from, model_from_string
from wherry.models.openai import OpenAIChat, OpenAIResponses
from wherry.models.utils import get_model


@pytest.mark.parametrize(
    ("text", "cls", "model_id"),
    [
        ("openai:gpt-5-mini", OpenAIResponses, "gpt-5-mini"),
        ("openai-chat:gpt-5-mini", OpenAIChat, "gpt-5-mini"),
        (" Anthropic : claude-x ", Claude, "claude-x"),
    ],
)
def test_a_string_names_provider_and_model(text, cls, model_id):
    model = model_from_string(text)
    assert type(model) is cls
    assert model.id == model_id


def test_an_id_may_hold_colons():
    assert model_from_string("ollama:llama3.1:8b").id == "llama3.1:8b"


@pytest.mark.parametrize("text", ["", "gpt-5", ":x", "openai:", " : "])
def test_other_strings_are_refused(text):
    with pytest.raises(ConfigurationError, match="<provider>:<model_id>"):
        model_from_string(text)


def test_an_unknown_provider_is_refused_with_the_nearest():
    with pytest.raises(ConfigurationError, match="groq"):
        model_from_string("grok:x")
    with pytest.raises(ValueError, match="not supported"):
        model_from_string("zzzzzz:x")


def test_a_provider_that_is_not_offered_says_what_to_do_instead():
    with pytest.raises(NotMigratedError, match="Instead:"):
        model_from_string("cohere:command")
    with pytest.raises(NotMigratedError, match="Instead:"):
        model_from_string("cerebras:x")


def test_models_and_none_pass():
    model = OpenAIChat(id="x")
    assert model_from(model) is model
    assert model_from(None) is None
    assert isinstance(get_model("openai:x"), Model)
    with pytest.raises(ConfigurationError, match="42"):
        model_from(42)


@pytest.mark.parametrize(
    "key", [k for k in PROVIDERS if PROVIDERS[k][0] in {"openai", "azure", "groq", "ollama", "xai"}]
)
def test_what_a_model_stores_leads_back_to_its_class(key):
    _module, cls, name, provider = PROVIDERS[key]
    if cls in {"AzureAIFoundry", "AzureFoundryClaude"}:
        return
    model = get_model_from_dict({"id": "x", "name": name, "provider": provider})
    assert type(model).__name__ == cls
    assert type(get_model_from_dict(model.to_dict())) is type(model)


def test_the_provider_decides_before_the_name():
    assert type(get_model_from_dict({"id": "x", "name": "Gemini", "provider": "OpenAI"})) is OpenAIResponses
    assert type(get_model_from_dict({"id": "x", "name": "OpenAIChat"})) is OpenAIChat


@pytest.mark.parametrize("data", [{}, {"name": "OpenAIChat"}, {"id": "x", "provider": "nobody"}])
def test_what_names_no_model_is_refused(data):
    with pytest.raises(ConfigurationError):
        get_model_from_dict(data)


def test_the_function_of_a_tool_is_where_agnos_models_have_it_too():
    from wherry.models import base
    from wherry.tools.function import Function

    assert base.Function is Function
    with pytest.raises(AttributeError, match="Functions"):
        base.Functions  # noqa: B018 - the look-up is what fails
