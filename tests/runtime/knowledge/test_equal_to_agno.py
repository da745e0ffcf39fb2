"""Chunks, content hashes and what readers make of a source are Agno's: the same samples in both, compared."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest
from processes import loopback

CHILD = Path(__file__).with_name("agno_child.py")


@pytest.fixture(scope="module")
def agno(reference):
    done = subprocess.run(
        reference.command(CHILD),
        env=loopback(AGNO_TELEMETRY="false"), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def wherry():
    spec = importlib.util.spec_from_file_location("knowledge_samples", CHILD)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.samples("wherry")


@pytest.mark.parity
@pytest.mark.parametrize("part", ["fixed", "recursive", "document", "row", "no name"])
def test_chunks_are_equal(agno, wherry, part):
    names = [name for name in agno if name.startswith(part)]
    assert names
    assert {name: wherry[name] for name in names} == {name: agno[name] for name in names}


@pytest.mark.parity
@pytest.mark.parametrize("part", ["hash", "file"])
def test_content_hashes_are_equal(agno, wherry, part):
    names = [name for name in agno if name.startswith(part)]
    assert len(names) >= 5
    assert {name: wherry[name] for name in names} == {name: agno[name] for name in names}


@pytest.mark.parity
@pytest.mark.parametrize("part", ["csv", "json", "text"])
def test_what_readers_make_is_equal(agno, wherry, part):
    names = [name for name in agno if name.startswith(part)]
    assert len(names) == 4
    assert {name: wherry[name] for name in names} == {name: agno[name] for name in names}


@pytest.mark.parity
@pytest.mark.parametrize("part", ["pages", "flow"])
def test_what_becomes_of_the_text_of_a_pdf_is_equal(agno, wherry, part):
    names = [name for name in agno if name.startswith(part)]
    assert names
    assert {name: wherry[name] for name in names} == {name: agno[name] for name in names}


@pytest.mark.parity
@pytest.mark.parametrize("part", ["docx", "xlsx"])
def test_what_becomes_of_office_files_is_equal(agno, wherry, part):
    names = [name for name in agno if name.startswith(part)]
    assert len(names) >= 6
    assert {name: wherry[name] for name in names} == {name: agno[name] for name in names}
