"""The files around the code: what they promise is there."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import yaml

import wherry
from wherry_portal.cli import build_app
from wherry_portal.pages.errors import error_classes, error_page
from wherry_portal.pages.features import ISSUES

ROOT = Path(__file__).resolve().parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_one_version_everywhere():
    project = tomllib.loads(text("pyproject.toml"))["project"]
    newest = re.search(r"^## \[(.+?)\]", text("CHANGELOG.md"), re.MULTILINE)[1]
    assert project["version"] == wherry.__version__ == newest


def test_the_readme_opens_with_five_lines_and_two_commands():
    opening = text("README.md").partition("```sh")[0].strip().splitlines()
    assert len([line for line in opening[1:] if line and not line.startswith("![")]) == 5
    commands = re.search(r"```sh\n(.+?)```", text("README.md"), re.DOTALL)[1].splitlines()
    assert [line.partition("#")[0].strip() for line in commands] == ["make portal", "make test"]


def test_the_answer_on_what_to_install_knows_every_extra():
    answer = text("docs/faq.md").partition("## What do I install?")[2].partition("\n## ")[0]
    listed = re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", answer, re.MULTILINE)))
    extras = tomllib.loads(text("pyproject.toml"))["project"]["optional-dependencies"]
    assert sorted(listed) == sorted(extras)


def test_whoever_changes_something_is_sent_to_what_is_there():
    page = text("CONTRIBUTING.md")
    named = re.findall(r"`((?:[\w.-]+/)*[\w-]+(?:\.ya?ml|\.md|\.json|\.py|\.lock|\.toml))`", page)
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists() and not name.startswith("checklists/NAME")] == []
    commands = {tuple(words) for words in re.findall(r"`wherry (\w+) (\w+)", page)}
    assert len(commands) > 4
    app = build_app()
    for one, two in commands:
        assert two in app[one], f"wherry {one} {two}"
    for module in re.findall(r"pytest (tests/[\w/.]+)", page):
        assert (ROOT / module).exists()


def test_the_hooks_are_local_and_use_the_locked_tools():
    (repository,) = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    assert repository["repo"] == "local"
    assert all(hook["entry"].startswith(".venv/bin/") for hook in repository["hooks"])


def test_the_missing_feature_form_asks_for_the_feature():
    form = yaml.safe_load(text(".github/ISSUE_TEMPLATE/missing-feature.yml"))
    asked = {part["id"]: part for part in form["body"]}
    assert asked["feature"]["validations"]["required"]
    assert {"feature", "symbol", "versions", "example", "fallback", "weight"} == set(asked)


def test_every_form_that_a_page_links_is_there_and_takes_the_field_that_the_link_fills_in():
    assert set(re.findall(r"template=([\w-]+\.yml)&", f"{ISSUES}&{error_page('store', error_classes()['store'])}")) == {
        path.name for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")
    }
    form = yaml.safe_load(text(".github/ISSUE_TEMPLATE/unexpected-error.yml"))
    assert [part["id"] for part in form["body"]] == ["error", "message", "example", "versions"]


def test_the_ci_script_is_sound_and_may_be_run():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_both_packages_are_typed():
    assert (ROOT / "runtime/wherry/py.typed").exists()
    assert (ROOT / "portal/wherry_portal/py.typed").exists()


def test_the_licence_is_apache_2():
    assert "Apache License\n                           Version 2.0" in text("LICENSE")
