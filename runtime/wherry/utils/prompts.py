"""`agno.utils.prompts`: asking in words for structured output."""

from typing import Any

from wherry.core.asking.structured import json_prompt, parser_prompt
from wherry.core.matrix import module_getattr

__all__ = ["get_json_output_prompt", "get_response_model_format_prompt"]


def get_json_output_prompt(output_schema: Any) -> str:
    """Ask in words for JSON with the fields of a model, dictionary, list or text."""
    return json_prompt(output_schema)


def get_response_model_format_prompt(output_schema: Any) -> str:
    """Tell a model which fields a parser model will look for in its text."""
    return parser_prompt(output_schema)


__getattr__ = module_getattr(__name__, "agno.utils.prompts")
