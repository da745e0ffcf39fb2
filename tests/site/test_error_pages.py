"""Every error with a code has a page at the address that it names, and making the pages loads no reference."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import wherry
import wherry_portal
from wherry.api.problems import TITLES
from wherry_portal.pages.errors import error_classes, error_page, errors_index

DOCS = Path(__file__).parents[2] / "docs"
CLASSES = error_classes()
PACKAGES = [Path(package.__file__).parent for package in (wherry, wherry_portal)]


def coded_classes():
    """Names of classes that set a code, read from the sources."""
    for folder in PACKAGES:
        for path in folder.rglob("*.py"):
            text = path.read_text("utf-8")
            for node in ast.parse(text).body if " code = " in text else ():
                if isinstance(node, ast.ClassDef) and any(base.id.endswith("Error") for base in bases(node)):
                    for line in node.body:
                        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "code":
                            yield node.name, line.value.value


def bases(node):
    return [base for base in node.bases if isinstance(base, ast.Name)]


def test_every_code_has_a_page_that_names_its_class():
    pages = {code: error_page(code, classes) for code, classes in CLASSES.items()}
    coded = dict(coded_classes())
    assert {"ChildError", "BenchError", "CassetteError", "ScriptRefused", "StatsError", "MigrateError"} <= coded.keys()
    for name, code in coded.items():
        assert f".{name}`" in pages[code]


def test_the_reference_leads_to_the_page_of_every_code():
    page = errors_index((DOCS / "reference" / "errors.md").read_text("utf-8"), CLASSES, TITLES)
    rows = dict(re.findall(r"^\| \[`(\w+)`\]\(\.\./errors/\1\.md\) \| (.*) \|$", page, re.MULTILINE))
    assert rows.keys() == CLASSES.keys()
    assert rows["configuration"].startswith("`ConfigurationError`, ")
    assert rows["configuration"].endswith("| Arguments that cannot be used, alone or together.")
    answered = re.findall(r"^\| (\d+) \| \[`(\w+)`\]\(\.\./errors/\2\.md\) \| \S", page, re.MULTILINE)
    assert sorted(answered) == sorted((str(status), name) for name, (status, _) in TITLES.items())
    assert "<!--" not in page


@pytest.mark.parametrize("code", sorted(CLASSES))
def test_a_page_says_what_to_do_and_its_links_lead_somewhere(code):
    page = error_page(code, CLASSES[code])
    for target in re.findall(r"\]\(\.\./([^)#]+)\)", page):
        assert target == "support-matrix.md" or (DOCS / target).is_file()
    assert f"issues/new?template={'missing-feature' if code == 'not_migrated' else 'unexpected-error'}.yml" in page
    if code not in {"error", "migration_required", "pilot"}:
        assert "## What to do" in page


def test_a_page_says_what_to_do_before_which_classes_there_are_and_keeps_arguments_to_the_reference():
    page = error_page("configuration", CLASSES["configuration"])
    assert page.index("Arguments that cannot be used") < page.index("## What to do") < page.index("MissingPackage")
    assert "Args:" not in page


@pytest.mark.parametrize("code", sorted(CLASSES))
def test_the_class_can_be_imported_from_where_its_page_says(code):
    for one in CLASSES[code]:
        home = re.search(rf"`([\w.]+)\.{one.__name__}`", error_page(code, CLASSES[code]))[1]
        assert getattr(import_module(home), one.__name__) is one


def test_the_reference_is_not_loaded():
    code = (
        "import sys; from wherry_portal.pages.errors import error_classes; "
        "error_classes(); print(sorted({name.partition('.')[0] for name in sys.modules} & {'agno', 'openai'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
