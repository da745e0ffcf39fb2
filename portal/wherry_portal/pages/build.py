"""All pages of the site into one folder: the hand-written ones copied, the generated ones written beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wherry.api.problems import TITLES
from wherry_portal.checklists import CHECKLISTS
from wherry_portal.cookbook.facts import read_folders
from wherry_portal.evidence import Currency, judge_rows
from wherry_portal.gate.context import load_context
from wherry_portal.gate.verdict import judge
from wherry_portal.pages.benchmarks import benchmarks_page
from wherry_portal.pages.checklists import checklist_page
from wherry_portal.pages.cookbook import cookbook_pages
from wherry_portal.pages.errors import error_classes, error_page, errors_index, pilot_page
from wherry_portal.pages.faq import faq_page
from wherry_portal.pages.features import feature_page, features_index
from wherry_portal.pages.found import findable
from wherry_portal.pages.home import filled
from wherry_portal.pages.http import http_pages
from wherry_portal.pages.live import with_panel
from wherry_portal.pages.matrix import matrix_csv, matrix_json, matrix_page
from wherry_portal.pages.notebooks import notebook_pages
from wherry_portal.pages.pilots import pilots_page
from wherry_portal.pages.results import parity_page, release_page

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wherry_portal.gate.context import Context
    from wherry_portal.gate.verdict import Verdict


def every_file(root: Path) -> dict[str, bytes]:
    """What MkDocs reads, by path below its folder: hand-written pages and assets, and the pages made from data.

    Raises:
        SourceError: A YAML source breaks a rule.
    """
    docs = root / "docs"
    files = {path.relative_to(docs).as_posix(): path.read_bytes() for path in docs.rglob("*") if path.is_file()}
    files |= {name: text.encode() for name, text in generated(root).items()}
    files["changelog.md"] = (root / "CHANGELOG.md").read_bytes()
    return {
        name: findable(name, content.decode()).encode() if name.endswith(".md") else content
        for name, content in files.items()
    }


def outdated(files: Mapping[str, bytes], target: Path) -> list[str]:
    """Paths below `target` that are missing, differ, or are none of `files`, in order."""
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    differing = {name for name in there & files.keys() if (target / name).read_bytes() != files[name]}
    return sorted((there ^ files.keys()) | differing)


def write_pages(root: Path, target: Path) -> int:
    """Fill `target` with every page; what has not changed is left alone, what is no page any more is removed.

    Args:
        root: The project.
        target: Folder that MkDocs reads.

    Returns:
        How many pages it holds.

    Raises:
        SourceError: A YAML source breaks a rule.
    """
    files = every_file(root)
    for name in outdated(files, target):
        path = target / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
        else:
            path.unlink()
    return sum(name.endswith(".md") for name in files)


def generated(root: Path) -> dict[str, str]:
    """The pages that come from data, by path."""
    context = load_context(root)
    matrix, results = context.matrix, context.results
    currency = Currency(matrix.version, root=root)
    cells = judge_rows(matrix.features, results, currency)
    verdict = judge(context)
    home = (root / "docs" / "index.md").read_text("utf-8")
    pages = {
        "index.md": filled(home, results.get("bench"), cells.values(), verdict),
        "faq.md": faq_page((root / "docs" / "faq.md").read_text("utf-8"), matrix),
        "quickstart.md": with_panel((root / "docs" / "quickstart.md").read_text("utf-8"), results.get("stream")),
        "support-matrix.md": matrix_page(matrix, cells),
        "support-matrix.csv": matrix_csv(matrix, cells),
        "support-matrix.json": matrix_json(matrix, cells),
        **result_pages(context, verdict),
    }
    for row in matrix.features:
        pages[f"features/{row.id}.md"] = feature_page(row, cells[row.id], matrix.version)
    classes_by_code = error_classes()
    for name, classes in classes_by_code.items():
        pages[f"errors/{name}.md"] = error_page(name, classes)
    index = (root / "docs" / "reference" / "errors.md").read_text("utf-8")
    pages["reference/errors.md"] = errors_index(index, classes_by_code, TITLES)
    pages |= http_pages(root / "contracts" / "runtime-openapi.yaml", classes_by_code)
    pages["errors/pilot.md"] = pilot_page()
    pages["features/index.md"] = features_index(matrix.features, cells)
    for name in CHECKLISTS:
        pages[f"checklists/{name}.md"] = checklist_page(context.list(name))
    rows = {row.id: row for row in matrix.features}
    pages |= cookbook_pages(read_folders(root / "cookbook"), results.get("cookbook"), rows)
    return pages | notebook_pages(root / "notebooks", results, currency)


def result_pages(context: Context, verdict: Verdict) -> dict[str, str]:
    """What runs, pilots and the gate say.

    Args:
        context: What the gate judges by.
        verdict: The gate's answer.
    """
    rows = {row.id: row for row in context.matrix.features}
    return {
        "parity.md": parity_page(context.results.get("parity"), rows),
        "benchmarks.md": benchmarks_page(*map(context.results.get, ("bench", "growth", "alike", "against"))),
        "release.md": release_page(verdict, rows),
        "pilots.md": pilots_page(
            context.pilots, context.list("pilot"), context.now, context.results.get("support"), context.alerts
        ),
    }
