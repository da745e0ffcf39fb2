"""A notebook's page shows what the notebook stores, and leads on; the index says whether it ran as it is stored."""

import hashlib
import json
import re
from pathlib import Path

import evidence_kit
import pytest
import yaml

from wherry_portal.evidence import Currency, load_results
from wherry_portal.evidence.notebooks import faults_of
from wherry_portal.pages.notebooks import notebook_page, notebook_pages
from wherry_portal.sources import SourceError

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def markdown(text):
    return {"cell_type": "markdown", "source": text.splitlines(keepends=True), "metadata": {}, "id": "m"}


def code(source, *outputs):
    fields = {"cell_type": "code", "execution_count": 1, "metadata": {}, "id": "c"}
    return {**fields, "source": source, "outputs": list(outputs)}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def result(**data):
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": 1}


def page(*cells, name="a.ipynb"):
    return notebook_page({"cells": list(cells), "nbformat": 4}, name)


@pytest.fixture(scope="module")
def pages():
    return notebook_pages(ROOT / "notebooks", load_results(ROOT / "results"), Currency("3.1.10", root=ROOT))


def test_code_is_followed_by_what_it_printed_and_returned():
    made = page(markdown("# Title\n\nWords."), code("1 + 1", stream("one\n"), result(**{"text/plain": "2"})))
    assert made == (
        "# Title\n\n[Download this notebook](a.ipynb) and run it yourself: it needs no key.\n\nWords.\n\n"
        '```python\n1 + 1\n```\n\n```text title="Output"\none\n2\n```\n'
    )


def test_the_log_is_told_from_the_output_and_colours_are_left_out():
    made = page(markdown("# T"), code("x", stream("\x1b[1mbold\x1b[0m\n"), stream("careful\n", "stderr")))
    assert '```text title="Output"\nbold\n```\n\n```text title="Log"\ncareful\n```' in made


def test_an_error_and_an_output_without_text_are_named():
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": []}
    assert "KeyError: 'a'\n(image/png: open the notebook)" in page(code("x", error, result(**{"image/png": "aa"})))


def test_output_cannot_become_markup_or_leave_its_fence():
    made = page(markdown("# T"), code("print('```')", stream("```\n<script>\n````\n")))
    assert "````python\nprint('```')\n````" in made
    assert '`````text title="Output"\n```\n<script>\n````\n`````' in made


def test_links_between_notebooks_lead_to_pages():
    made = page(markdown("# T"), markdown("# Part\n\nNext: [more](02_more.ipynb), [there](02_more.ipynb#part)."))
    assert "# Part\n\nNext: [more](02_more.md), [there](02_more.md#part)." in made


@pytest.mark.parametrize("text", ["{", "[]", '{"nbformat": 3, "cells": []}', '{"nbformat": 4}'])
def test_a_file_that_is_no_notebook_is_named(tmp_path, text):
    (tmp_path / "bad.ipynb").write_text(text)
    with pytest.raises(SourceError, match=r"bad\.ipynb:1"):
        notebook_pages(tmp_path, load_results(tmp_path), Currency("3.1.10"))


def test_the_index_says_whether_a_notebook_ran_as_it_is_stored(tmp_path):
    text = json.dumps({"nbformat": 4, "cells": [markdown("# One\n\n`First` things. More."), code("1")]})
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text(text)
    entry = {
        "outcome": "passed", "seconds": 1.0, "path": "notebooks/a.ipynb", "cells": 1, "failures": [],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }  # fmt: skip

    def row():
        made = notebook_pages(tmp_path / "notebooks", load_results(tmp_path), evidence_kit.currency(root=tmp_path))
        return made["notebooks/index.md"].splitlines()[-1]

    assert row() == "| [One](a.md) | `First` things. | has not run yet |"
    evidence_kit.write(tmp_path, "notebooks", {"notebooks": {"a": entry}})
    assert row() == '| [One](a.md) | `First` things. | <span class="kept">ran as stored, 2026-11-22</span> |'
    (tmp_path / "notebooks" / "a.ipynb").write_text(text + "\n")
    assert "has to run again" in row()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_whole_and_names_no_machine(path):
    assert faults_of(path) == []
    text = path.read_text("utf-8")
    assert not re.search(r"/(home|root|tmp|work|Users)/|[A-Z]:\\\\", text)
    cells = json.loads(text)["cells"]
    assert 6 <= len([cell for cell in cells if cell["cell_type"] == "code"]) <= 12
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_each_notebook_has_a_page_and_a_copy_and_is_in_the_navigation(pages):
    stems = [path.stem for path in NOTEBOOKS]
    assert len(stems) >= 8
    for path in NOTEBOOKS:
        assert f"]({path.name})" in pages[f"notebooks/{path.stem}.md"]
        assert pages[f"notebooks/{path.name}"] == path.read_text("utf-8")
    config = re.sub(r"!!python\S+", "", (ROOT / "mkdocs.yml").read_text("utf-8"))
    nav = yaml.safe_load(config)["nav"]
    named = next(entry["Notebooks"] for entry in nav if "Notebooks" in entry)
    assert [item if isinstance(item, str) else next(iter(item.values())) for item in named] == [
        "notebooks/index.md",
        *(f"notebooks/{stem}.md" for stem in stems),
    ]


def test_pages_link_only_to_pages_that_exist(pages):
    for name, text in pages.items():
        if name.endswith(".md"):
            words = re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
            for link in re.findall(r"\]\(([^)#:]+)\)", words):
                assert f"notebooks/{link}" in pages, f"{name}: {link}"
