"""Assessing snippets of code in a folder of their own, judged as if every name that the matrix lists were there."""

import dataclasses

import pytest

from wherry_portal.assess.check import assess
from wherry_portal.assess.judge import Judge, default_judge
from wherry_portal.assess.native import Native


class Complete(Native):
    """A Wherry that has everything: the rules are tested apart from how far the runtime is."""

    def home(self, path):
        return path if self._surface.resolve(path) else None


@pytest.fixture(scope="session")
def judge():
    shipped = default_judge()
    return Judge(shipped.index, shipped.past, shipped.successors, Complete(shipped.surface))


@pytest.fixture
def assessed(tmp_path, judge):
    """Write files (name -> text or bytes) and assess them."""

    def run(files, **options):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return assess(tmp_path, judge=judge, **options)

    return run


@pytest.fixture
def findings(assessed):
    """The findings of one file of code, as (line, verdict, feature or symbol)."""

    def run(code):
        result = assessed({"code.py": code})
        assert result.unjudged == []
        return [(f.span.line, f.verdict, f.feature or f.symbol) for f in result.findings]

    return run


def plain(finding):
    return {field.name: getattr(finding, field.name) for field in dataclasses.fields(finding)}
