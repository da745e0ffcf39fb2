"""`agno.workflow.functions`: ready-made functions for steps."""

from wherry.core.matrix import module_getattr
from wherry.core.workflow.step_functions import (
    acontent_to_file,
    acsv_to_markdown_table,
    aextract_json,
    aextract_urls,
    ajson_to_csv,
    content_to_file,
    csv_to_markdown_table,
    extract_json,
    extract_urls,
    json_to_csv,
)

__all__ = [
    "acontent_to_file",
    "acsv_to_markdown_table",
    "aextract_json",
    "aextract_urls",
    "ajson_to_csv",
    "content_to_file",
    "csv_to_markdown_table",
    "extract_json",
    "extract_urls",
    "json_to_csv",
]

__getattr__ = module_getattr(__name__, "agno.workflow.functions")
