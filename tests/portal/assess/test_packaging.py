"""What a migrated project installs."""

import ast
import json
import tomllib

import pytest

from wherry_portal.assess.text import Text
from wherry_portal.rules.packaging import (
    Needs,
    check_constraints,
    check_environment,
    check_install_lines,
    check_listing,
    check_requirements,
)
from wherry_portal.rules.pyproject import check_pyproject
from wherry_portal.rules.setup_py import check_setup

WHERRY = "wherry>=0.1,<0.2"


def after(check, text, needs=None):
    source = Text(text)
    edits = {edit for finding in check("f", source, needs or Needs()) for edit in finding.edits}
    return source.apply(edits).text


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("agno\n", f"{WHERRY}\n"),
        ("agno==2.9.0\n", f"{WHERRY}\n"),
        ("agno[openai]>=2,<3  # pinned\n", f"{WHERRY}  # pinned\n"),
        ("agno[openai, Postgres,os]>=2\n", "wherry[api,postgres]>=0.1,<0.2\n"),
        ("agno ~= 2.3 ; python_version > '3.10'\n", f"{WHERRY} ; python_version > '3.10'\n"),
        ("requests\nagno\nrich", f"requests\n{WHERRY}\nrich"),
        ("agno-docs==1\n", "agno-docs==1\n"),
        ("# agno\n", "# agno\n"),
        ("my-agno\n", "my-agno\n"),
        (f"{WHERRY}\nagno\n", f"{WHERRY}\nagno\n"),
        ("agno==2.9.0 --hash=sha256:00\n", "agno==2.9.0 --hash=sha256:00\n"),
    ],
)
def test_requirements(before, wanted):
    assert after(check_requirements, before) == wanted


def test_agno_stays_when_leaves_or_blocked_files_need_it():
    needs = Needs(("postgres",), agno=True)
    assert after(check_requirements, "agno==3.1.10\r\nrich\r\n", needs) == (
        "agno==3.1.10\r\nwherry[postgres]>=0.1,<0.2\r\nrich\r\n"
    )


def test_a_comment_stays_on_its_line_when_agno_stays():
    before = 'agno[openai]==2.3.1 ; python_version >= "3.11"  # pinned\nrich\n'
    assert after(check_requirements, before, Needs(agno=True)) == before.replace(
        "rich", f'{WHERRY} ; python_version >= "3.11"\nrich'
    )


@pytest.mark.parametrize(
    ("check", "text", "found"),
    [
        (check_requirements, "agno==2.9.0 \\\n    --hash=sha256:00\n", "requires agno==2.9.0"),
        (check_requirements, "agno @ git+https://example.org/agno\n", "requires agno @ git+https://example.org/agno"),
        (check_listing, '[packages]\nagno = "*"\nagno-docs = "*"\n', "requires agno ="),
        (check_listing, "dependencies:\n  - pip:\n    - agno>=2\n", "requires agno>=2"),
        (check_listing, "install_requires =\n    agno[os]\n    agnostic\n", "requires agno[os]"),
    ],
)
def test_other_ways_to_require_agno_are_left_to_a_person(check, text, found):
    findings = list(check("f", Text(text), Needs()))
    assert [(one.what, one.level, one.edits) for one in findings] == [(found, "warning", ())]
    assert list(check("f", Text(f"{text}wherry\n"), Needs())) == []


@pytest.mark.parametrize("agno", [False, True])
def test_pyproject_stays_toml(agno):
    text = (
        '[project]\nname = "agno-app"\nrequires-python = ">=3.9"\n'
        'dependencies = ["rich", "agno[openai]>=2.0", \'x\']\n'
        '[project.optional-dependencies]\nextra = ["agno"]\n'
    )
    data = tomllib.loads(after(check_pyproject, text, Needs(("redis",), agno=agno)))
    names = [entry.partition(">")[0] for entry in data["project"]["dependencies"]]
    assert names == (["rich", "agno[openai]", "wherry[redis]", "x"] if agno else ["rich", "wherry[redis]", "x"])
    assert data["project"]["name"] == "agno-app"


def test_a_requirement_on_a_line_of_its_own_gets_another_and_keeps_its_comment():
    text = '[project]\ndependencies = [\n    "rich",\n    "agno[openai]>=2.0",  # agents\n]\n'
    changed = after(check_pyproject, text, Needs(("redis",), agno=True))
    assert changed == text.replace('    "agno', '    "wherry[redis]>=0.1,<0.2",\n    "agno')


def test_poetry():
    text = '[tool.poetry.dependencies]\npython = "^3.11"\nagno = "^2.0"\n'
    assert tomllib.loads(after(check_pyproject, text))["tool"]["poetry"]["dependencies"]["wherry"] == ">=0.1,<0.2"
    kept = tomllib.loads(after(check_pyproject, text, Needs(("api",), agno=True)))["tool"]["poetry"]["dependencies"]
    assert kept["agno"] == "^2.0"
    assert kept["wherry"] == {"version": ">=0.1,<0.2", "extras": ["api"]}


def test_an_old_python_is_reported():
    found = list(check_pyproject("f", Text('requires-python = ">=3.9"\n'), Needs()))
    assert "3.11" in found[0].todo


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("RUN pip install --no-cache-dir agno rich\n", f'RUN pip install --no-cache-dir "{WHERRY}" rich\n'),
        ('RUN uv pip install "agno[groq]==2.9"\n', f'RUN uv pip install "{WHERRY}"\n'),
        ("RUN pip install agno-tools ./agno\n", "RUN pip install agno-tools ./agno\n"),
    ],
)
def test_lines_that_install(before, wanted):
    assert after(check_install_lines, before) == wanted


def test_an_image_of_agno_is_reported():
    found = list(check_install_lines("Dockerfile", Text("FROM agnohq/python:3.12\n"), Needs()))
    assert [finding.symbol for finding in found] == ["agnohq/python:3.12"]
    assert not list(check_install_lines("compose.yaml", Text("    image: agnohq/pgvector:16\n"), Needs()))  # a Postgres


def test_variables_that_nothing_reads_any_more_are_reported():
    (found,) = check_environment(".env", Text("# AGNO_MONITOR=1\nAGNO_API_KEY=${AGNO_API_KEY}\n"), Needs())
    assert (found.what, found.verdict, found.level) == ("sets AGNO_API_KEY", "removed", "warning")
    assert "secret" not in repr(found)
    more = check_environment("x.env", Text("AGNO_MONITOR=1\nRUN pip install agno\n"), Needs())
    assert {one.file for one in more} == {"x.env"}


def test_variables_are_judged_by_their_rows():
    found = list(check_environment(".env", Text("AGNO_TELEMETRY=false\nAGNO_SANDBOX_URL=x\nAGNO_NOPE=1\n"), Needs()))
    assert [(f.feature, f.level) for f in found] == [("telemetry.phone-home", "note"), ("agent.sandbox", "warning")]
    assert (found[0].todo, found[0].minutes) == ("Nothing.", 0)  # and `wherry migrate` leaves it


def test_what_a_requirement_asks_for_itself_is_asked_of_wherry(assessed):
    project = (
        '[project]\ndependencies = ["agno[os]>=3"]\n[project.optional-dependencies]\npg = ["agno[postgres,openai]"]\n'
    )
    poetry = '[tool.poetry.dependencies]\nagno = {version = "^3.1", extras = ["openai", "redis"]}\n'
    result = assessed(
        {"a/pyproject.toml": project, "b/pyproject.toml": poetry, "Dockerfile": "RUN pip install agno[mcp]\n"}
    )
    after = {
        file.name: file.text.apply({edit for finding in file.findings for edit in finding.edits}).text
        for file in result.files
    }
    assert after["a/pyproject.toml"] == project.replace("agno[os]>=3", "wherry[api]>=0.1,<0.2").replace(
        "agno[postgres,openai]", "wherry[postgres]>=0.1,<0.2"
    )
    assert 'wherry = {version = ">=0.1,<0.2", extras = ["redis"]}' in after["b/pyproject.toml"]
    assert after["Dockerfile"] == 'RUN pip install "wherry[mcp]>=0.1,<0.2"\n'


@pytest.mark.parametrize(
    ("imports", "extras"),
    [
        ("from agno.db.postgres import PostgresDb\nfrom agno.tools.mcp import MCPTools\n", "mcp,postgres"),
        ("from agno.context.mcp import MCPContextProvider\n", "mcp"),
        ("from agno.run.cancellation_management import RedisRunCancellationManager\n", "redis"),
        ("from agno.knowledge.reader.docx_reader import DocxReader\n", "office"),
        ("from agno.knowledge.reader.excel_reader import ExcelReader\n", "office"),
    ],
)
def test_extras_follow_what_the_code_uses(assessed, imports, extras):
    result = assessed({"a.py": imports, "requirements.txt": "agno\n"})
    assert result.needs.requirement == f"wherry[{extras}]>=0.1,<0.2"
    assert not result.needs.agno


SETUP = """
from setuptools import setup

REQUIRED = ["agno[openai]>=3", 'httpx']
setup(
    name="agno-app",
    python_requires=">=3.9",
    install_requires=REQUIRED,
    extras_require={"pg": ["agno[postgres]; python_version > '3.10'"], "dev": REQUIRED + ["pytest"]},
)
"""


@pytest.mark.parametrize(
    ("needs", "main", "beside"),
    [
        (Needs(("redis",)), "[\"wherry[redis]>=0.1,<0.2\", 'httpx']", '["wherry[postgres]>=0.1,<0.2; '),
        (
            Needs(("redis",), agno=True),
            '["wherry[redis]>=0.1,<0.2", "agno[openai]>=3", \'httpx\']',
            '["wherry[postgres]>=0.1,<0.2; python_version > \'3.10\'", "agno[postgres]; ',
        ),
    ],
)
def test_setup_is_read_without_running_it(needs, main, beside):
    def check(name, text, needed):
        return check_setup(name, text, ast.parse(text.text), needed)

    changed = after(check, SETUP, needs)
    assert main in changed
    assert beside in changed
    assert 'name="agno-app"' in changed
    assert {f.symbol for f in check("setup.py", Text(SETUP), needs)} == {"agno", "python"}
    ast.parse(changed)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ('setup(install_requires="""\nagno>=3\nrich\n""".split())', "warning"),
        ('setup(install_requires=["ag" "no>=3"])', "warning"),
        ('setup(install_requires=["agno>=3"])', "note"),
        ('setup(install_requires=[*X])\nX = ["agno"]\nX = X', ""),
        ('setup(install_requires=["agnostic", "my-agno"], keywords=["agno"])', ""),
        ("setup()", ""),
        ('print("agno")', ""),
    ],
)
def test_what_setup_says_in_another_way_is_left_to_a_person(code, level):
    found = list(check_setup("setup.py", Text(code), ast.parse(code), Needs()))
    assert [one.level for one in found] == ([level] if level else [])


def test_setup_is_migrated_with_the_extras_of_the_code(assessed):
    files = {"setup.py": SETUP, "app.py": "from agno.db.postgres import PostgresDb\n"}
    (file,) = (one for one in assessed(files).files if one.name == "setup.py")
    assert any("wherry[postgres]" in edit.text for finding in file.findings for edit in finding.edits)


@pytest.mark.parametrize(
    ("text", "todo"),
    [
        ('[project]\nkeywords = ["agno", "ai"]\n', None),
        ('[[tool.mypy.overrides]]\nmodule = ["agno", "agno.*"]\n', None),
        ('[tool.isort]\nknown_first_party = "agno"\n', None),
        ('[tool.uv.sources]\nagno = { git = "https://example.org/agno" }\n', "Remove it with the requirement."),
        ('[tool.poetry.extras]\nai = ["agno"]\n', "Name wherry there."),
        ('[tool.poetry.dependencies.agno]\nversion = "^3"\n', 'Write wherry = ">=0.1,<0.2".'),
        ('[tool.poetry.dependencies]\nagno = {git = "https://example.org/agno"}\n', 'Write wherry = ">=0.1,<0.2".'),
        ('[tool.poetry.dependencies]\npython = "^3.10"\n', "Wherry needs Python 3.11 or newer."),
        ('[project]\nrequires-python = ">=3.11,<3.13,!=3.9.*"\n', None),
    ],
)
def test_a_line_of_pyproject_is_read_in_its_table(text, todo):
    found = list(check_pyproject("f", Text(text), Needs()))
    assert [(one.todo, one.edits) for one in found] == ([(todo, ())] if todo else [])


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ('[tool.poetry.dependencies]\nagno = {version = "^3.1", extras = ["os"]}  # x\n', "wherry = {version"),
        ('[dependency-groups]\ndev = [\n  {include-group = "x"},\n  "agno[groq]",\n]\n', '  "wherry[redis]'),
        ('[tool.pdm.dev-dependencies]\ntest = ["agno>=3"]\n', 'test = ["wherry[redis]'),
        ('[tool.uv]\ndev-dependencies = ["agno>=3"]\n', '= ["wherry[redis]'),
        ('[tool.uv]\nconstraint-dependencies = ["agno>=3"]\n', f'= ["{WHERRY}"'),
        ('[tool.hatch.envs.default]\nextra-dependencies = [\n  "agno",\n]\n', '  "wherry[redis]'),
        ("[project]\noptional-dependencies.ai = [\"agno ; python_version > '3'\"]\n", '["wherry[redis]>=0.1,<0.2; py'),
    ],
)
def test_every_style_of_pyproject_is_edited(before, wanted):
    changed = after(check_pyproject, before, Needs(("redis",)))
    assert wanted in changed
    assert "agno" not in changed
    tomllib.loads(changed)


def test_extras_are_named_where_every_installation_gets_them():
    text = '[project]\ndependencies = ["agno"]\n[project.optional-dependencies]\nx = ["agno[os]"]\n'
    data = tomllib.loads(after(check_pyproject, text, Needs(("api",))))["project"]
    assert data["dependencies"] == ["wherry[api]>=0.1,<0.2"]
    assert data["optional-dependencies"] == {"x": [WHERRY]}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_requirements_are_read_as_pip_reads_them(assessed, encoding):
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    result = assessed(
        {"requirements.txt": f"{mark}rich\r\nagno==2.3\r\n".encode(encoding), "a.py": "import agno.agent\n"}
    )
    [file] = [one for one in result.files if one.kind == "requirements"]
    [finding] = file.findings
    assert finding.span.line == 2
    assert file.text.apply(set(finding.edits)).encode().decode(encoding) == f"{mark}rich\r\n{WHERRY}\r\n"


def test_variables_that_magics_of_a_notebook_set_are_judged(assessed):
    lines = ["%env AGNO_API_KEY=x\n", "!export AGNO_MONITOR=true\n", "note = 'AGNO_MONITOR is old'\n"]
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": lines}
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    found = [(f.cell, f.span.line, f.symbol) for f in assessed({"a.ipynb": json.dumps(book)}).findings]
    assert found == [(1, 1, "env:AGNO_API_KEY"), (1, 2, "env:AGNO_MONITOR")]


def test_constraints_have_no_extras():
    assert after(check_constraints, "agno==3.1.10\n", Needs(("redis",), agno=True)) == f"agno==3.1.10\n{WHERRY}\n"


def test_included_files_are_requirements_whatever_their_names(assessed):
    files = {
        "requirements/base.txt": "-c ../pins.txt\nagno\n",
        "requirements/dev.txt": "-r base.txt\n-r ../locked/more.in\n-r https://example.org/r.txt\n-r nowhere.txt\n",
        "locked/more.in": "agno==3.1.10 \\\n    --hash=sha256:00\n",
        "pins.txt": "agno==3.1.10\n",
        "notes.txt": "agno\n",
        "app.py": "from agno.db.postgres import PostgresDb\n",
    }
    found = {one.name: one for one in assessed(files).files}
    assert {name: one.kind for name, one in found.items() if one.kind != "python"} == {
        "requirements/base.txt": "requirements",
        "locked/more.in": "requirements",
        "pins.txt": "constraints",
    }
    assert [edit.text for f in found["pins.txt"].findings for edit in f.edits] == [WHERRY]


def test_a_continued_line_installs_too_and_another_command_does_not():
    text = "RUN pip install \\\n    fastapi \\\n    agno \\\n    uvicorn && echo agno\n"
    assert after(check_install_lines, text) == text.replace("    agno", f'    "{WHERRY}"', 1)
    assert after(check_install_lines, "RUN pip install rich && ./agno && run agno\n").count("wherry") == 0


def test_a_notebook_installs_what_it_uses_itself(assessed):
    def cell(*lines):
        return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "\n".join(lines)}

    cells = [cell("%pip install agno[postgres]"), cell("from agno.db.postgres import PostgresDb")]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (file,) = assessed({"a.ipynb": json.dumps(book)}).files
    assert [edit.text for f in file.findings for edit in f.edits if f.rule == "packaging"] == [
        '"wherry[postgres]>=0.1,<0.2"'
    ]
