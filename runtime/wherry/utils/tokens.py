"""`agno.utils.tokens`: how many tokens a request has."""

from wherry.core.matrix import module_getattr
from wherry.models.token_counts import (
    count_audio_tokens,
    count_file_tokens,
    count_image_tokens,
    count_schema_tokens,
    count_text_tokens,
    count_tokens,
    count_tool_tokens,
    count_video_tokens,
)

__all__ = [
    "count_audio_tokens",
    "count_file_tokens",
    "count_image_tokens",
    "count_schema_tokens",
    "count_text_tokens",
    "count_tokens",
    "count_tool_tokens",
    "count_video_tokens",
]

__getattr__ = module_getattr(__name__, "agno.utils.tokens")
