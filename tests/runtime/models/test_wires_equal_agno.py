"""Every wire side by side with Agno: the same bytes go out, the same reply means the same."""

import base64
from copy import deepcopy
from importlib import import_module

import pytest
from model_wires import in_modes

pytestmark = pytest.mark.parity


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 20).decode()
USER = {"role": "user", "content": "hi"}
SYSTEM = {"role": "system", "content": "sys"}
ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "number", "description": "(float) x"}, "b": {"type": ["number", "null"]}},
            "required": ["a"],
        },
        "requires_confirmation": False,
        "external_execution": False,
    },
}
STRICT = {
    "type": "function",
    "function": {
        "name": "zz",
        "description": "Z",
        "parameters": {
            "type": "object",
            "properties": {"d": {"type": "object", "properties": {"x": {"type": "string"}}}},
            "required": [],
        },
        "strict": True,
    },
}
CALL = {"id": "call_a", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
ASKED = {"role": "assistant", "tool_calls": [CALL]}
TOLD = {"role": "tool", "content": "3", "tool_call_id": "call_a", "tool_name": "add"}
FOREIGN = [
    {"role": "assistant", "content": "x", "tool_calls": [{**CALL, "id": "toolu_1"}, {**CALL, "id": "toolu_2"}]},
    {**TOLD, "tool_call_id": "toolu_1", "compressed_content": "c"},
    {**TOLD, "tool_call_id": "toolu_2", "content": "4"},
]
CONVERSATIONS = [
    {"messages": [USER]},
    {"messages": [SYSTEM, USER], "tools": [ADD, STRICT], "tool_choice": "auto"},
    {"messages": [SYSTEM, USER, ASKED, TOLD], "tools": [ADD]},
    {"messages": [SYSTEM, USER, *FOREIGN], "tools": [ADD], "compress": True},
    {"messages": [USER, {"role": "assistant", "content": "a"}, {"role": "user", "content": "b", "name": "bob"}]},
    {"messages": [SYSTEM, USER], "format": "City"},
]
PICTURES = {
    "messages": [{"role": "user", "content": "look", "images": [{"base64": PNG}, {"base64": PNG, "format": "gif"}]}]
}
DOCUMENTS = {
    "messages": [
        {
            "role": "user",
            "content": "read",
            "files": [
                {"base64": "YWJj", "mime_type": "text/plain", "filename": "a.txt"},
                {"base64": "YWJj", "mime_type": "application/pdf"},
            ],
        }
    ]
}
JSON_MODE = {"messages": [SYSTEM, USER], "format": {"type": "json_object"}}
DICT_SCHEMA = {
    "messages": [SYSTEM, USER],
    "format": {"type": "json_schema", "json_schema": {"name": "X", "schema": {"type": "object"}}},
}
REPLIES = [
    "Hello there friend",
    {"tool_calls": [{"name": "add", "arguments": {"a": 1}}, {"name": "zz", "arguments": {}}]},
    {"content": "x y", "tool_calls": [["add", {"a": 2}]]},
    {"content": "<think>deep</think>answer"},
    {"content": "c", "reasoning": "because so"},
]
ONE_WAY_EACH = ("invoke", "ainvoke_stream")
OPENAI = {"base_url": "$URL/v1", "api_key": "k", "max_retries": 0, "id": "gpt-5-mini"}


def test_chat_completions(compare):
    everything = {
        **OPENAI, "store": True, "reasoning_effort": "low", "verbosity": "low", "metadata": {"a": "b"},
        "frequency_penalty": 0.1, "logit_bias": {"1": 2}, "logprobs": True, "top_logprobs": 2, "max_tokens": 5,
        "max_completion_tokens": 6, "modalities": ["text"], "presence_penalty": 0.2, "seed": 1, "stop": ["x"],
        "temperature": 0.0, "user": "u", "top_p": 0.5, "service_tier": "auto", "strict_output": False,
        "extra_headers": {"X-A": "1"}, "extra_query": {"q": "1 2", "l": ["a", "b"]}, "extra_body": {"zz": 1},
        "request_params": {"n": 1}, "organization": "org", "default_headers": {"X-D": "2"},
        "default_query": {"dq": "3"},
    }  # fmt: skip
    conversations = [*CONVERSATIONS, PICTURES, DOCUMENTS, JSON_MODE]
    cases = in_modes("openai.OpenAIChat", conversations, OPENAI)
    cases += in_modes("openai.OpenAIChat", CONVERSATIONS[1:2], everything)
    cases += in_modes("openai.OpenAILike", CONVERSATIONS[1:2], {**OPENAI, "role_map": {"system": "s", "user": "u"}})
    assert compare(cases, REPLIES) == []


KEPT = {"response_id": "r2"}
REASONED = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "e"}
CHAINED = [
    {"role": "user", "content": "q"},
    {"role": "assistant", "content": "a", "provider_data": {"response_id": "r1"}},
    {"role": "user", "content": "q2"},
    {
        "role": "assistant",
        "tool_calls": [{**CALL, "id": "fc_1", "call_id": "call_1"}],
        "provider_data": {**KEPT, "reasoning_output": REASONED},
    },
    {"role": "tool", "tool_call_id": "fc_1", "content": "3"},
]


def test_responses(compare):
    everything = {
        **OPENAI, "include": ["x"], "max_output_tokens": 3, "max_tool_calls": 2, "metadata": {"a": "b"},
        "parallel_tool_calls": False, "reasoning": {"effort": "low"}, "verbosity": "low", "reasoning_summary": "auto",
        "store": False, "temperature": 0.1, "top_p": 0.2, "truncation": "auto", "user": "u", "service_tier": "auto",
        "strict_output": False, "extra_headers": {"X-A": "1"}, "extra_query": {"q": "1"}, "extra_body": {"zz": 1},
        "request_params": {"top_logprobs": 1},
    }  # fmt: skip
    conversations = [*CONVERSATIONS, PICTURES, DOCUMENTS, JSON_MODE, DICT_SCHEMA]
    cases = in_modes("openai.OpenAIResponses", conversations, OPENAI)
    cases += in_modes("openai.OpenAIResponses", CONVERSATIONS[1:2], everything)
    unchained = [
        {**m, "provider_data": {"reasoning_output": REASONED}} if m["role"] == "assistant" else m for m in CHAINED
    ]
    built_in = {"messages": CHAINED, "tools": [{"type": "web_search_preview"}, ADD], "compress": True}
    turns = [{"messages": CHAINED}, {"messages": unchained}, {"messages": [*CHAINED[:2], USER]}, built_in]
    settings = (
        {},
        {"id": "gpt-4o"},
        {"store": False},
        {"use_previous_response_id": False},
        {"id": "o3-deep-research"},
        {"id": "gpt-4o", "store": True, "reasoning": {"effort": "low"}},
    )
    for further in settings:
        cases += in_modes("openai.OpenAIResponses", turns, {**OPENAI, **further}, ONE_WAY_EACH)
    cases += in_modes("openai.OpenResponses", CONVERSATIONS[:4], OPENAI, ONE_WAY_EACH)
    assert compare(cases, REPLIES) == []


CLAUDE = {"id": "claude-sonnet-4-5", "api_key": "k", "client_params": {"base_url": "$URL", "max_retries": 0}}
THOUGHT = {"type": "thinking", "thinking": "hm", "signature": "s"}
CLAUDE_TURNS = [
    {"messages": [USER, {"role": "assistant", "content": "a"}]},
    {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": "a",
                "provider_data": {
                    "content_blocks": [
                        THOUGHT,
                        {"type": "text", "text": "a", "citations": [{"type": "page_location", "cited_text": "z"}]},
                    ],
                    "signature": "s",
                },
            },
            {"role": "assistant", "content": "b"},
            USER,
        ]
    },
    {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": "a",
                "reasoning_content": "r",
                "redacted_reasoning_content": "RED",
                "provider_data": {
                    "signature": "s",
                    "server_tool_blocks": [{"type": "server_tool_use", "id": "x", "name": "web_search", "input": {}}],
                },
            },
            USER,
        ]
    },
    {
        "messages": [
            {
                "role": "user",
                "content": "read",
                "files": [
                    {"url": "http://x/y.pdf"},
                    {"base64": "YWJj", "mime_type": "text/csv", "citations": False},
                    {"base64": "YWJj"},
                ],
            }
        ],
        "format": "City",
    },
    {
        "messages": [SYSTEM, {"role": "system", "content": "s2"}, USER],
        "tools": [ADD, {"type": "web_search_20250305", "name": "web_search"}],
    },
]


def test_claude(compare):
    everything = {
        **CLAUDE, "max_tokens": 5, "thinking": {"type": "enabled", "budget_tokens": 10},
        "output_config": {"effort": "low"}, "temperature": 0, "stop_sequences": ["a"], "top_p": 0.1, "top_k": 3,
        "cache_system_prompt": True, "extended_cache_time": True, "cache_tools": True,
        "request_params": {"metadata": {"user_id": "u"}}, "betas": ["b1"], "context_management": {"edits": []},
        "skills": [{"type": "anthropic", "skill_id": "pptx", "version": "latest"}], "citations": False,
        "default_headers": {"X-Z": "1"}, "trailing_user_message_content": "go",
    }  # fmt: skip
    cases = in_modes("anthropic.Claude", [*CONVERSATIONS, PICTURES, JSON_MODE], CLAUDE)
    cases += in_modes("anthropic.Claude", CLAUDE_TURNS, CLAUDE, ONE_WAY_EACH)
    cases += in_modes("anthropic.Claude", [*CONVERSATIONS[1:4], *CLAUDE_TURNS], everything, ONE_WAY_EACH)
    newer = {
        **CLAUDE,
        "id": "claude-sonnet-5-5",
        "temperature": 0.5,
        "thinking": {"type": "enabled", "budget_tokens": 5},
    }
    cases += in_modes("anthropic.Claude", [CONVERSATIONS[1], CLAUDE_TURNS[0]], newer, ONE_WAY_EACH)
    by_token = {**CLAUDE, "api_key": None, "auth_token": "t"}
    no_key = {**CONVERSATIONS[0], "env": {"ANTHROPIC_API_KEY": None}}
    cases += in_modes("anthropic.Claude", [no_key], by_token, ONE_WAY_EACH)
    assert compare(cases, REPLIES) == []


GEMINI = {"id": "gemini-3.7-flash", "api_key": "k", "client_params": {"http_options": {"base_url": "$URL"}}}
SIGNED = {**CALL, "id": "c1", "thought_signature": "+/+/"}
DEEP_TOOL = {
    "type": "function",
    "function": {
        "name": "cx",
        "description": "c",
        "parameters": {
            "type": "object",
            "properties": {
                "s": {"type": "string", "enum": ["a", "b"], "description": "d"},
                "l": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "default": [1]},
                "u": {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "u"},
                "o": {"anyOf": [{"type": "string", "title": "T"}, {"type": "null"}], "title": "O"},
                "r": {"$ref": "#/$defs/R"},
                "f": {"type": "string", "format": "date-time"},
                "n": {"type": "number", "minimum": 1, "maximum": 3},
                "b": {"type": "boolean", "default": False},
                "e": {"type": "object"},
                "any": {},
            },
            "required": ["s"],
            "$defs": {"R": {"type": "object", "properties": {"y": {"type": "integer"}}}},
        },
    },
}
GEMINI_TURNS = [
    {
        "messages": [
            {
                "role": "user",
                "content": "look",
                "images": [{"base64": PNG}],
                "videos": [{"base64": PNG}, {"url": "https://x/v.mp4"}],
                "audio": [{"base64": PNG, "format": "wav"}, {"base64": PNG, "format": "m4a"}],
                "files": [{"url": "gs://a/b.pdf"}, {"url": "https://a/b.txt", "mime_type": "text/plain"}],
            }
        ]
    },
    {
        "messages": [
            USER,
            {
                "role": "assistant",
                "content": "t",
                "tool_calls": [SIGNED],
                "provider_data": {"thought_signature": "/+/+"},
            },
            {**TOLD, "tool_call_id": "c1", "images": [{"base64": PNG}], "audio": [{"base64": PNG}]},
        ]
    },
    {"messages": [USER, {"role": "assistant", "content": "t"}, USER, USER], "tools": [DEEP_TOOL], "tool_choice": "any"},
    {"messages": [USER], "format": "Person"},
    {"messages": [USER], "format": "Plain"},
    {"messages": [USER], "format": "Tree"},
]
OWN_WORDS = ("example_key.description", "scores.description", "items.description")


def test_gemini(compare):
    everything = {
        **GEMINI, "temperature": 0.1, "top_p": 0.2, "top_k": 3, "max_output_tokens": 4, "stop_sequences": ["a"],
        "logprobs": True, "presence_penalty": 0.1, "frequency_penalty": 0.2, "seed": 1, "response_modalities": ["TEXT"],
        "speech_config": {"voice_config": {"prebuilt_voice_config": {"voice_name": "Kore"}}}, "cached_content": "cc",
        "thinking_budget": 5, "include_thoughts": True, "thinking_level": "low", "search": True, "url_context": True,
        "safety_settings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}],
        "generation_config": {"candidate_count": 1}, "timeout": 5, "grounding": True,
        "file_search_store_names": ["s"], "file_search_metadata_filter": "f",
    }  # fmt: skip
    named = [{**m, "tool_name": "add"} if m["role"] == "tool" else m for m in FOREIGN]
    conversations = [
        *CONVERSATIONS[:3],
        {"messages": [SYSTEM, USER, *named], "tools": [ADD]},
        *CONVERSATIONS[4:],
        DOCUMENTS,
    ]
    cases = in_modes("google.Gemini", conversations, GEMINI)
    cases += in_modes("google.Gemini", GEMINI_TURNS, GEMINI, ONE_WAY_EACH)
    cases += in_modes("google.Gemini", GEMINI_TURNS[1:2], {**GEMINI, "id": "gemini-2.5-pro"}, ONE_WAY_EACH)
    cases += in_modes("google.Gemini", CONVERSATIONS[:2], everything)
    assert compare(cases, REPLIES, masked=OWN_WORDS) == []


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\xff\xfb" * 9  # in base64 with the letters that have two alphabets
GIF, WEBP = b"GIF89a" + b"0" * 20, b"RIFF0000WEBPVP8 " + b"0" * 20
WAV, MP4, PDF = b"RIFF0000WAVEfmt " + b"0" * 8, b"\x00\x00\x00\x18ftypmp42" + b"0" * 8, b"%PDF-1.4 x"


def media(folder):
    """Media of every kind from every source that needs no network, as messages of one kind each."""

    def held(content, **more):
        return {"base64": base64.b64encode(content).decode(), **more}

    def kept(name, content, **more):
        (folder / name).write_bytes(content)
        return {"filepath": str(folder / name), **more}

    png, missing = base64.b64decode(PNG), {"filepath": str(folder / "missing")}
    pictures = [held(png), held(JPEG, detail="low"), held(GIF), held(WEBP), held(png, format="webp"), held(b"junk")]
    pictures += [held(png, mime_type="image/gif"), {"content": PNG}, {"content": "not base64!"}, missing]
    pictures += [kept("a.png", png), kept("a.jpg", JPEG, detail="high"), kept("plain", png)]
    addresses = [{"url": "https://x/a.png"}, {"url": "https://x/a.jpg", "detail": "low"}, {"url": "nonsense"}]
    sounds = [held(WAV), held(WAV, format="mp3"), held(WAV, mime_type="audio/mpeg"), {"content": PNG}]
    films = [held(MP4), held(MP4, format="webm"), held(MP4, mime_type="video/quicktime"), {"url": "https://x/v.mp4"}]
    texts = [kept(f"a.{end}", b"a,b") for end in ("txt", "csv", "md", "json", "py", "docx", "bin")]
    papers = [held(PDF), held(PDF, mime_type="application/pdf", filename="x.pdf", citations=True), *texts]
    papers += [held(b"hi", mime_type="text/plain"), held(b"\xff\xfe", mime_type="text/plain"), held(PDF, name="n")]
    papers += [kept("a.pdf", PDF), kept("b.pdf", PDF, filename="other.pdf"), held(b"{}", mime_type="application/json")]
    kinds = {"images": pictures, "audio": sounds, "videos": films, "files": papers}
    told = [{"role": "user", "content": "look", name: items} for name, items in kinds.items()]
    by_address = {"role": "user", "content": "look", "images": addresses}
    uploaded = [
        ("audio", kept("a.wav", WAV)),
        ("audio", kept("a.mp3", WAV, format="mp3")),
        ("videos", kept("v.mp4", MP4)),
    ]
    by_path = [{"role": "user", "content": "look", name: [item]} for name, item in uploaded]
    return [{"messages": [message]} for message in told], [{"messages": [m]} for m in (by_address, *by_path)]


def test_media_of_every_kind_from_every_source(compare, tmp_path):
    everywhere, but_for_gemini = media(tmp_path)
    cases = in_modes("google.Gemini", everywhere, GEMINI, ONE_WAY_EACH)
    for model, settings in (
        ("openai.OpenAIChat", OPENAI), ("openai.OpenAIResponses", OPENAI), ("anthropic.Claude", CLAUDE)
    ):  # fmt: skip
        cases += in_modes(model, [*everywhere, *but_for_gemini], settings, ONE_WAY_EACH)
    assert compare(cases, ["Seen."]) == []


SERVICES = {
    "aimlapi.AIMLAPI": {}, "cometapi.CometAPI": {}, "cloudflare.Cloudflare": {},
    "dashscope.DashScope": {"thinking_budget": 5, "include_thoughts": True}, "deepinfra.DeepInfra": {},
    "deepseek.DeepSeek": {"reasoning_effort": "max"}, "fireworks.Fireworks": {}, "flexai.FlexAI": {},
    "heabsy.Heabsy": {}, "inception.Inception": {}, "internlm.InternLM": {},
    "langdb.LangDB": {"project_id": "p", "label": "l"}, "llama_cpp.LlamaCpp": {}, "llmman.Llmman": {},
    "lmstudio.LMStudio": {}, "minimax.MiniMax": {},
    "moonshot.MoonShot": {"use_thinking": False, "reasoning_effort": "low"}, "n1n.N1N": {}, "nebius.Nebius": {},
    "neosantara.Neosantara": {}, "nexus.Nexus": {}, "nvidia.Nvidia": {},
    "openrouter.OpenRouter": {"models": ["a", "b"]},
    "openrouter.OpenRouterResponses": {"models": ["a", "b"], "id": "openai/gpt-5"}, "perplexity.Perplexity": {},
    "ramp.RampRouter": {"models": ["a"], "provider_timeout": 3}, "requesty.Requesty": {}, "sambanova.Sambanova": {},
    "siliconflow.Siliconflow": {}, "synthorai.Synthorai": {}, "together.Together": {}, "tokenlab.TokenLab": {},
    "trustedrouter.TrustedRouter": {}, "tuning_engines.TuningEngines": {}, "vercel.V0": {},
    "vllm.VLLM": {"top_k": 3, "enable_thinking": True}, "xai.xAI": {"search_parameters": {"mode": "on"}},
    "xai.xAIResponses": {}, "xiaomi.MiMo": {"use_thinking": True}, "yapi.YAPI": {},
}  # fmt: skip
REASONED_TURN = {
    "role": "assistant",
    "content": "a",
    "reasoning_content": "because",
    "provider_data": {"reasoning_details": [{"x": 1}]},
}


@pytest.mark.parametrize("part", [0, 1], ids=ONE_WAY_EACH)
def test_services(compare, part):
    """AI/ML API's attribution headers are left out on purpose: they name Agno as their sender."""
    conversation = {"messages": [SYSTEM, USER, REASONED_TURN, USER, ASKED, TOLD], "tools": [ADD], "tool_choice": "auto"}
    cases = []
    for name, settings in SERVICES.items():
        kwargs = {"base_url": "$URL/v1", "api_key": "k", "max_retries": 0, **settings}
        cases += in_modes(name, [conversation], kwargs, ONE_WAY_EACH[part : part + 1])
    found = compare(cases, REPLIES, masked=("x-aimlapi-", "http-referer", "x-title"))
    assert found == []


def test_azure(compare):
    azure = {"azure_endpoint": "$URL", "api_key": "k", "id": "gpt-5-dep", "client_params": {"max_retries": 0}}
    token = {"azure_deployment": "d 1", "azure_ad_token": "t", "api_key": None, "default_query": {"a": "b"}}
    cases = in_modes("azure.AzureOpenAI", CONVERSATIONS[:3], azure, ONE_WAY_EACH)
    cases += in_modes("azure.AzureOpenAI", CONVERSATIONS[:1], {**azure, **token}, ONE_WAY_EACH)
    cases += in_modes("azure.AzureOpenAIResponses", CONVERSATIONS[:3], azure, ONE_WAY_EACH)
    cases += in_modes(
        "azure.AzureOpenAIResponses", [{"messages": CHAINED}], {**azure, "id": "x", "is_reasoning_model": True}
    )
    assert compare(cases, REPLIES) == []


ERRORS = [
    {"status": 400, "error": {"error": {"message": "too long", "code": "context_length_exceeded"}}},
    {"status": 400, "error": {"error": {"message": "bad", "code": None}}},
    {"status": 401, "error": {"error": "no key"}},
    {"status": 404, "error": {"detail": "nothing here"}},
    {"status": 429, "error": {"error": {"message": "slow down"}}},
    {"status": 500, "raw": "plain words", "content_type": "text/plain"},
]


def test_errors(compare):
    """Gemini's are compared in blocking calls only: in others, Agno tells the address of a method instead."""
    ways = [
        (model, kwargs, mode)
        for model, kwargs in (
            ("openai.OpenAIChat", OPENAI),
            ("openai.OpenAIResponses", OPENAI),
            ("anthropic.Claude", CLAUDE),
        )
        for mode in ONE_WAY_EACH
    ]
    ways.append(("google.Gemini", GEMINI, "invoke"))
    cases = [
        {"messages": [USER], "model": model, "kwargs": kwargs, "mode": mode}
        for model, kwargs, mode in ways
        for _ in ERRORS
    ]
    assert compare(cases, ERRORS) == []


def test_a_missing_key_is_the_same_error_at_the_same_moment(compare):
    env = {"OPENAI_API_KEY": None, "DEEPSEEK_API_KEY": None, "XAI_API_KEY": None}
    cases = [
        case
        for model in ("openai.OpenAIChat", "openai.OpenAIResponses", "deepseek.DeepSeek", "xai.xAI")
        for case in in_modes(model, [{"messages": [USER], "env": env}], {}, ONE_WAY_EACH)
    ]
    assert compare(cases, ["never asked"]) == []


@pytest.mark.parametrize(("place", "name"), [("openrouter", "OpenRouterResponses"), ("ramp", "RampRouter")])
def test_services_that_route_leave_what_they_are_given_as_it_is(place, name):
    """What they make of it is Agno's, which writes into what it was given."""
    seen = []
    for package in ("wherry", "agno"):
        more = {"region": "eu"}
        model = getattr(import_module(f"{package}.models.{place}"), name)(
            id="m", api_key="k", models=["a", "b"], extra_body=more
        )
        tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
        given = deepcopy((more, tools))
        told = model.get_request_params(messages=[], tools=tools, tool_choice="auto")
        seen.append((told, (more, tools) == given))
    assert seen[0][0] == seen[1][0]
    assert [kept for _, kept in seen] == [True, False]
