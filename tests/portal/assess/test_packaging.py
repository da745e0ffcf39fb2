"""What a migrated project installs."""

import tomllib

import pytest

from wherry_portal.assess.text import Text
from wherry_portal.rules.packaging import (
    Needs,
    check_environment,
    check_install_lines,
    check_listing,
    check_pyproject,
    check_requirements,
)

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
        ("agno[openai,postgres]>=2,<3  # pinned\n", f"{WHERRY}  # pinned\n"),
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
    before = 'agno[os]==2.3.1 ; python_version >= "3.11"  # pinned\nrich\n'
    assert after(check_requirements, before, Needs(agno=True)) == before.replace(
        "rich", f'{WHERRY} ; python_version >= "3.11"\nrich'
    )


@pytest.mark.parametrize(
    ("check", "text", "found"),
    [
        (check_requirements, "agno==2.9.0 \\\n    --hash=sha256:00\n", "requires agno==2.9.0 \\"),
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
        ('RUN uv pip install "agno[os]==2.9"\n', f'RUN uv pip install "{WHERRY}"\n'),
        ("RUN pip install agno-tools ./agno\n", "RUN pip install agno-tools ./agno\n"),
    ],
)
def test_lines_that_install(before, wanted):
    assert after(check_install_lines, before) == wanted


def test_an_image_of_agno_is_reported():
    found = list(check_install_lines("Dockerfile", Text("FROM agnohq/python:3.12\n"), Needs()))
    assert [finding.symbol for finding in found] == ["agnohq/python:3.12"]


def test_variables_that_nothing_reads_any_more_are_reported():
    (found,) = check_environment(".env", Text("AGNO_API_KEY=secret\n"), Needs())
    assert (found.what, found.verdict, found.level) == ("sets AGNO_API_KEY", "removed", "warning")
    assert "secret" not in repr(found)
    more = check_environment("x.env", Text("AGNO_MONITOR=1\nRUN pip install agno\n"), Needs())
    assert {one.file for one in more} == {"x.env"}


def test_variables_are_judged_by_their_rows():
    found = list(check_environment(".env", Text("AGNO_TELEMETRY=false\nAGNO_ENCRYPTION_KEY=x\nAGNO_NOPE=1\n"), Needs()))
    assert [(f.feature, f.level) for f in found] == [("telemetry.phone-home", "note"), ("other.encryption", "warning")]


def test_extras_follow_what_the_code_uses(assessed):
    files = {
        "a.py": "from agno.db.postgres import PostgresDb\nfrom agno.tools.mcp import MCPTools\n",
        "requirements.txt": "agno\n",
    }
    result = assessed(files)
    assert result.needs.requirement == "wherry[mcp,postgres]>=0.1,<0.2"
    assert not result.needs.agno
