"""Lock files and the files that tell a service how to build: what they pin, install and set."""

import pytest

UV = '[[package]]\nname = "aiohttp"\nversion = "3.9"\n\n[[package]]\nname = "agno"\nversion = "2.3.1"\nsource = {}\n'
PIPFILE = '{"default": {"agno": {"hashes": ["sha256:0"], "index": "pypi", "version": "==1.8.4"}}}\n'
CODE = "from agno.agent import Agent\n"


def packaging(result):
    return [(f.file, f.span.line, f.what) for f in result.findings if f.rule == "packaging"]


@pytest.mark.parametrize(
    ("name", "text", "what", "maker"),
    [
        ("uv.lock", UV, (6, "locks agno 2.3.1"), "`uv lock`"),
        ("poetry.lock", UV.replace("\n", "\r\n"), (6, "locks agno 2.3.1"), "`poetry lock`"),
        ("sub/pdm.lock", UV, (6, "locks agno 2.3.1"), "`pdm lock`"),
        ("Pipfile.lock", PIPFILE, (1, "locks agno 1.8.4"), "`pipenv lock`"),
        (
            "requirements.lock",
            "rich==13\nagno[os]==3.1.0 \\\n  --hash=sha256:0\n",
            (2, "locks agno 3.1.0"),
            "anew once",
        ),
        ("requirements-dev.lock", "phidata==2.7.10\n", (1, "locks phidata 2.7.10"), "anew once"),
    ],
)
def test_a_lock_says_what_is_installed_and_is_made_anew(assessed, name, text, what, maker):
    result = assessed({name: text, "app.py": CODE})
    assert packaging(result) == [(name, *what)]
    [finding] = [f for f in result.findings if f.rule == "packaging"]
    assert maker in finding.todo
    assert not finding.edits


def test_a_lock_that_has_wherry_beside_what_stays_agnos_is_right(assessed):
    leaf = "from agno.tools.yfinance import YFinanceTools\n"
    wherry = '[[package]]\nname = "wherry"\nversion = "0.1.0"\n'
    assert not packaging(assessed({"uv.lock": UV + wherry, "app.py": leaf}))
    assert packaging(assessed({"uv.lock": UV + wherry, "app.py": CODE}))


def test_a_lock_may_be_larger_than_code(assessed):
    filler = '[[package]]\nname = "x"\nversion = "1"\n' * 150_000
    assert packaging(assessed({"uv.lock": filler + UV})) == [("uv.lock", 450_006, "locks agno 2.3.1")]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (".github/workflows/test.yml", "    - run: pip install agno==2.3\n", '    - run: pip install "{}"\n'),
        (".github/actions/setup/action.yaml", "  run: uv add agno\n", '  run: uv add "{}"\n'),
        (".gitlab-ci.yml", '  - "pip install agno"\n', "  - \"pip install '{}'\"\n"),
        (".circleci/config.yml", "      - run: 'pip install agno'\n", "      - run: 'pip install \"{}\"'\n"),
        ("Makefile", "install:\n\tpip install 'agno[openai]' rich\n", "install:\n\tpip install '{}' rich\n"),
        ("scripts/setup.sh", "pip install \\\n  agno\n", 'pip install \\\n  "{}"\n'),
        ("tox.ini", "commands = pip install agno\n", 'commands = pip install "{}"\n'),
    ],
)
def test_install_lines_of_a_pipeline_are_edited(assessed, name, before, after):
    result = assessed({name: before, "app.py": CODE})
    [file] = [one for one in result.files if one.name == name]
    edits = {edit for finding in file.findings for edit in finding.edits}
    assert file.text.apply(edits).text == after.format("wherry>=0.1,<0.2")


@pytest.mark.parametrize("line", ["""run: "bash -c 'pip install agno'"\n""", "script: [pip install agno, make]\n"])
def test_a_line_that_a_quote_would_break_is_left_to_a_person(assessed, line):
    result = assessed({".github/workflows/a.yml": line, "app.py": CODE})
    [finding] = [f for f in result.findings if f.rule == "packaging"]
    assert not finding.edits
    assert "wherry" in finding.todo


def test_variables_of_a_pipeline_are_judged(assessed):
    text = "env:\n  AGNO_API_KEY: ${{ secrets.AGNO }}\n  AGNO_TELEMETRY: 'false'\n"
    result = assessed({".github/workflows/a.yml": text})
    found = {f.symbol: f.verdict for f in result.findings}
    assert found == {"env:AGNO_API_KEY": "removed", "env:AGNO_TELEMETRY": "available"}


def test_other_yaml_is_not_read(assessed):
    assert assessed({"config/agno.yml": "run: pip install agno\n"}).looked_at == 0
