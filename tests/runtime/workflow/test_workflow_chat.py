"""Conversations with a workflow in the terminal: its prompt, its words and the order of its settings."""

import asyncio
import io

import pytest
from rich.console import Console

from wherry.workflow import Step, Workflow

each_way = pytest.mark.parametrize("way", ["cli_app", "acli_app"])


def shout(step_input):
    return step_input.input.upper()


def talked(way, monkeypatch, lines, *placed, **given):
    """What is printed while these lines are typed, and the prompts that asked for them."""
    prompts, left, screen = [], list(lines), Console(file=io.StringIO(), width=80)
    monkeypatch.setattr("rich.prompt.Prompt.ask", lambda prompt: prompts.append(prompt) or left.pop(0))
    owner = Workflow(name="Shore", steps=[Step(name="shout", executor=shout)], telemetry=False)
    done = getattr(owner, way)(*placed, console=screen, **given)
    if way == "acli_app":
        asyncio.run(done)
    assert left == []
    return screen.file.getvalue(), prompts


@each_way
def test_a_workflow_has_its_own_prompt_and_one_word_more(way, monkeypatch):
    text, prompts = talked(way, monkeypatch, ["ahoy", "stop"])
    assert "AHOY" in text
    assert prompts == ["[bold] :technologist: User [/bold]"] * 2


@each_way
def test_settings_of_a_conversation_come_by_place(way, monkeypatch):
    placed = ("first", "s", "ann", "Mary", ":boat:", False, False, False, True, ["enough"])
    text, prompts = talked(way, monkeypatch, ["stop", "enough"], *placed)
    assert text.index("FIRST") < text.index("STOP")
    assert prompts == ["[bold] :boat: Mary [/bold]"] * 2


def test_their_order_is_agnos():
    from agno.workflow import Workflow as Theirs

    from wherry.core.workflow.workflow import _CHAT

    for method in (Theirs.cli_app, Theirs.acli_app):
        assert method.__code__.co_varnames[2 : method.__code__.co_argcount] == _CHAT
