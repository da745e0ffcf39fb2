"""`agno.utils.prompts`: asking in words for structured output."""

from wherry.core.asking.structured import json_prompt as get_json_output_prompt
from wherry.core.asking.structured import parser_prompt as get_response_model_format_prompt
from wherry.core.matrix import module_getattr

__all__ = ["get_json_output_prompt", "get_response_model_format_prompt"]

__getattr__ = module_getattr(__name__, "agno.utils.prompts")
