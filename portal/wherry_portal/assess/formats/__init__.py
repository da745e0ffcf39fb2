"""Ways to draw a report: one module each, a function from a `Report` to text. `render` finds them by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from wherry_portal.assess.report import Report

Format = Literal["text", "json", "sarif", "markdown", "html"]
FORMATS: tuple[Format, ...] = get_args(Format)


def render(report: Report, output_format: Format, *, everything: bool = False) -> str:
    """A report as text.

    Args:
        report: What to draw.
        output_format: Which way.
        everything: Show the findings that `migrate` does one by one as well (text and Markdown).
    """
    module = import_module(f"wherry_portal.assess.formats.{output_format}")
    return str(module.render(report, everything=everything))
