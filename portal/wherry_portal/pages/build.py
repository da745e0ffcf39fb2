"""All pages of the site into one folder: the hand-written ones copied, the generated ones written beside them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from wherry_portal.checklists import CHECKLISTS, find_checklist, load_checklist
from wherry_portal.cookbook.facts import read_folders
from wherry_portal.evidence import Currency, judge_rows, load_results
from wherry_portal.gate.context import load_context
from wherry_portal.gate.verdict import judge
from wherry_portal.matrix.source import load_matrix
from wherry_portal.pages.benchmarks import benchmarks_page
from wherry_portal.pages.checklists import checklist_page
from wherry_portal.pages.cookbook import cookbook_page
from wherry_portal.pages.errors import error_classes, error_page, pilot_page
from wherry_portal.pages.features import feature_page
from wherry_portal.pages.home import filled
from wherry_portal.pages.http import http_pages
from wherry_portal.pages.matrix import matrix_csv, matrix_json, matrix_page
from wherry_portal.pages.notebooks import notebook_pages
from wherry_portal.pages.results import parity_page, pilots_page, release_page
from wherry_portal.pilot.log import load_log, logs_in

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


def write_pages(root: Path, target: Path) -> int:
    """Fill `target` with every page; what was there before is replaced.

    Args:
        root: The project.
        target: Folder that MkDocs reads.

    Returns:
        How many pages it holds.

    Raises:
        SourceError: A YAML source breaks a rule.
    """
    pages = generated(root)
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(root / "docs", fresh)
    for name, text in pages.items():
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    shutil.copyfile(root / "CHANGELOG.md", fresh / "changelog.md")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return len(list(target.rglob("*.md")))


def generated(root: Path) -> dict[str, str]:
    """The pages that come from data, by path."""
    matrix = load_matrix(root / "support_matrix.yaml")
    results, currency = load_results(root / "results"), Currency(matrix.version, root=root)
    cells = judge_rows(matrix.features, results, currency)
    verdict = judge(load_context(root))
    home = (root / "docs" / "index.md").read_text("utf-8")
    pages = {
        "index.md": filled(home, results.get("bench"), cells.values(), verdict),
        "support-matrix.md": matrix_page(matrix, cells),
        "support-matrix.csv": matrix_csv(matrix, cells),
        "support-matrix.json": matrix_json(matrix, cells),
        **result_pages(root),
    }
    for row in matrix.features:
        pages[f"features/{row.id}.md"] = feature_page(row, cells[row.id], matrix.version)
    classes_by_code = error_classes()
    for name, classes in classes_by_code.items():
        pages[f"errors/{name}.md"] = error_page(name, classes)
    pages |= http_pages(root / "contracts" / "runtime-openapi.yaml", classes_by_code)
    pages["errors/pilot.md"] = pilot_page()
    listed = "Each has a page; the [support matrix](../support-matrix.md) lists them."
    pages["features/index.md"] = f"# Features\n\n{listed}\n"
    for name in CHECKLISTS:
        pages[f"checklists/{name}.md"] = checklist_page(load_checklist(root / "checklists" / f"{name}.yaml"))
    pages["cookbook.md"] = cookbook_page(read_folders(root / "cookbook"))
    return pages | notebook_pages(root / "notebooks", results, currency)


def result_pages(root: Path, now: datetime | None = None) -> dict[str, str]:
    """What runs, pilots and the gate say.

    Args:
        root: The project.
        now: The moment that evidence is judged at; default this one.
    """
    context = load_context(root, now=now)
    checklist = load_checklist(find_checklist("pilot", root))
    logs = [load_log(path) for path in logs_in(root / "pilots")]
    return {
        "parity.md": parity_page(context.results.get("parity")),
        "benchmarks.md": benchmarks_page(context.results.get("bench")),
        "release.md": release_page(judge(context)),
        "pilots.md": pilots_page(logs, checklist, context.now),
    }
