"""`wherry` as a person types it: help, version, errors, missing extras."""

from __future__ import annotations

import errno
import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import pytest

import wherry
from wherry.core.errors import ConfigurationError
from wherry_portal.cli import build_app, error_block, main
from wherry_portal.cli.commands import COMMANDS, GROUPS, Command
from wherry_portal.cli.extras import EXTRA_OF, missing_extra

WHERRY = [sys.executable, "-c", "import sys; from wherry_portal.cli import main; sys.exit(main())"]


def run(*words: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*WHERRY, *words], capture_output=True, text=True, timeout=60, check=False, **options)


def test_help_shows_every_command_under_its_group():
    shown = run("--help")
    assert shown.returncode == 0
    for group in {command.group for command in COMMANDS}:
        assert f" {group} " in shown.stdout
    for command in COMMANDS:
        assert re.search(rf"^│ {command.name} ", shown.stdout, re.MULTILINE), command.name


def test_help_imports_no_subcommand():
    listed = run("--help", env={"PYTHONPROFILEIMPORTTIME": "1", "PATH": ""})
    imported = {line.rpartition("|")[2].strip() for line in listed.stderr.splitlines()}
    assert "wherry_portal.cli.commands" in imported
    assert not imported & {command.target.partition(":")[0] for command in COMMANDS}


def test_version_is_that_of_the_package():
    assert run("--version").stdout.strip() == f"wherry {wherry.__version__}"
    assert importlib.metadata.version("wherry") == wherry.__version__


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_row_of_the_table_leads_to_a_command_with_help(command, capsys):
    assert command.group in GROUPS
    assert command.summary.endswith(".")
    assert main([command.name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: wherry {command.name}")


def test_an_unknown_command_is_refused_with_the_nearest_name(capsys):
    assert main(["docter"]) == 2
    refused = capsys.readouterr().err
    assert "there is no command 'docter'" in refused
    assert "Did you mean `wherry doctor`" in refused


def test_a_wrong_option_is_refused_without_a_traceback():
    refused = run("doctor", "--jsno")
    assert refused.returncode == 2
    assert "--json" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("matrix list a b", "`wherry matrix list` has no use for 'a', 'b'. `wherry matrix list --help` shows"),
        ("matrix show", "`wherry matrix show` needs NAME, and got none. `wherry matrix show --help` shows"),
        ("matrix list --status", "--status requires an argument"),
    ],
)
def test_words_that_a_command_cannot_use_are_named_as_its_help_names_them(capsys, words, told):
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert told in re.sub(r"[│\s]+", " ", said.out + said.err)
    assert "Unused Tokens" not in said.out + said.err


def test_an_error_of_ours_is_a_block_and_exit_status_2(capsys):
    assert main(["doctor", "--require", "teapot"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error[configuration]: ")
    assert "'teapot'" in lines[0]
    assert lines[1].startswith("  hint: Known are ")
    assert lines[2].endswith("/errors/configuration/")


def test_what_is_not_migrated_is_a_block_when_it_is_a_module_too(tmp_path, capsys):
    manifest = tmp_path / "desk.yaml"
    manifest.write_text("agents: [{id: ada, name: Ada, model_ref: 'vertexai:x'}]", encoding="utf-8")
    assert main(["run", str(manifest), "Which way?"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error[not_migrated]: module 'wherry.models.vertexai' is not migrated")
    assert "features/model.vertexai-claude/" in said


def test_a_block_without_hint_has_two_lines():
    assert (
        error_block(ConfigurationError("no", docs="http://here/")) == "error[configuration]: no\n  docs: http://here/"
    )


@pytest.mark.parametrize("words", [["--output"], ["--write-baseline"], ["--format", "html", "--output"]])
def test_a_file_that_cannot_be_written_is_a_block_and_exit_status_2(tmp_path, capsys, words):
    (tmp_path / "a.py").write_text("import agno.agent\n", "utf-8")
    (tmp_path / "taken").mkdir()
    assert main(["assess", str(tmp_path / "a.py"), *words, str(tmp_path / "taken")]) == 2
    told = capsys.readouterr().err
    assert "taken" in told
    assert "hint:" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("command", ["generate", "stream"])
def test_pages_are_made_in_a_checkout_only(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    assert main(["docs", command]) == 2
    told = capsys.readouterr().err
    assert f"there are no pages of Wherry in {str(tmp_path / 'docs')!r}" in told
    assert "a checkout of Wherry" in told


def test_a_missing_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "starlette", None)
    for name in [name for name in sys.modules if name.startswith(("wherry_portal.portal", "wherry.api", "starlette."))]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["portal", "serve"]) == 2
    told = capsys.readouterr().err
    assert "'starlette'" in told
    assert "hint: Run: pip install 'wherry[api]'" in told
    assert "Traceback" not in told


def test_without_the_extra_for_commands_there_is_a_line_too(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "cyclopts", None)
    assert main(["doctor"]) == 2
    assert capsys.readouterr() == (
        "",
        "This command needs 'cyclopts', which comes with an extra: pip install 'wherry[portal]'\n",
    )
    for words in ([], ["--help"]):
        assert main(words) == 0
        told = capsys.readouterr()
        assert all(f"  {command.name} " in told.out for command in COMMANDS)
        assert "pip install 'wherry[portal]'" in told.err
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"wherry {wherry.__version__}\n"


def test_a_broken_import_of_our_own_is_not_hidden(tmp_path, monkeypatch):
    (tmp_path / "broken_command.py").write_text("import no_such_module_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    app = build_app((Command("broken", "broken_command:run", GROUPS[0], "Broken."),))
    with pytest.raises(ImportError) as raised:
        app(["broken"])
    assert missing_extra(raised.value) is None


def test_the_table_of_extras_names_extras_that_exist_and_hold_the_package():
    providers = importlib.metadata.packages_distributions()
    extras: dict[str, str] = {}
    for line in importlib.metadata.requires("wherry") or []:
        package = re.match(r"[A-Za-z0-9._-]+", line)
        extra = re.search(r"extra == ['\"](\w+)", line)
        if package and extra:
            extras[f"{extra[1]}:{normal(package[0])}"] = line
    for module, extra in EXTRA_OF.items():
        packages = {normal(name) for name in providers.get(module, [])}
        assert any(f"{extra}:{name}" in extras for name in packages), (module, extra, packages)


def normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def test_an_interrupt_ends_without_a_traceback(monkeypatch, capsys):
    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr("wherry_portal.doctor.doctor", interrupted)
    assert main(["doctor"]) == 130
    assert capsys.readouterr().err == "wherry: interrupted\n"


def test_a_reader_that_goes_away_leaves_no_traceback():
    with subprocess.Popen([*WHERRY, "doctor"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        assert b"Traceback" not in child.stderr.read()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", [["--version"], ["matrix", "list"]], ids=" ".join)
def test_output_onto_a_full_disk_is_a_block_and_no_traceback(words):
    with Path("/dev/full").open("wb") as full:
        child = subprocess.run([*WHERRY, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert child.returncode == 2
    assert child.stderr.startswith(
        "error[configuration]: what was to be written: No space left on device\n  hint: Make"
    )
    assert "Traceback" not in child.stderr
    assert "Exception ignored" not in child.stderr


def test_a_full_disk_is_told_from_a_wrong_path(monkeypatch, capsys):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device", "results/tests.json")

    monkeypatch.setattr("wherry_portal.doctor.doctor", full)
    assert main(["doctor"]) == 2
    told = capsys.readouterr().err
    assert "'results/tests.json': No space left on device" in told
    assert "hint: Make room on that disk, and run the command again." in told


def test_the_console_script_points_here():
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="wherry")
    assert script.load() is main
    assert Path(sys.executable).with_name("wherry").exists()
