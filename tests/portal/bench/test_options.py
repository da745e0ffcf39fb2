"""Options of `wherry bench` that say nothing together are refused before anything is measured."""

from __future__ import annotations

import pytest

from wherry_portal.cli import main


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["tool-1", "--rounds", "0"], "--rounds 0 measures nothing"),
        (["tool-1", "--rounds=-1"], "--rounds -1 measures nothing"),
        (["--renew"], "--renew without --count has nothing to renew"),
        (["--where", "--renew"], "--renew without --count has nothing to renew"),
        (["--count", "--where"], "--count and --where do different things"),
        (["--against", "results/bench.json", "--alike", "2"], "--against and --alike do different things"),
        (["--count", "tool-1x"], "--count takes no names, and was given 'tool-1x'"),
        (["tool-1", "import", "--where"], "'import' makes no runs, so that no layer of a run can be named"),
        (["construct", "--where"], "'construct' makes no runs, so that no layer of a run can be named"),
        (["--where", "--rounds", "3"], "--rounds 3 means nothing to --where"),
    ],
)
def test_what_says_nothing_together_is_refused_at_once(capsys, options, told):
    assert main(["bench", *options, "--no-write"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error[configuration]: {told}\n  hint: ")
    assert "scripted model" not in said.err


def test_outside_a_checkout_it_says_where_to_run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "--where"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error[configuration]: there are no benchmarks in {str(tmp_path / 'benchmarks')!r}\n")
    assert "run it in one" in said
