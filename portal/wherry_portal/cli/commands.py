"""The table of subcommands. One row each: name, where it lives, what it is for; `wherry_portal.cli` reads it."""

from __future__ import annotations

from typing import NamedTuple

GROUPS = ("Look", "Cross", "Run", "Release")
"""Sections of `wherry --help`, in order: find out, move code and prove it, run things, decide on a release."""


class Command(NamedTuple):
    """One subcommand.

    Attributes:
        name: Word after `wherry`.
        target: `module:attribute` of a function or cyclopts App, imported when the subcommand is called.
        group: Section of the help, one of `GROUPS`.
        summary: One line of the help.
    """

    name: str
    target: str
    group: str
    summary: str


COMMANDS = (
    Command("doctor", "wherry_portal.doctor:doctor", "Look", "Check Python, packages, the reference and services."),
    Command(
        "matrix",
        "wherry_portal.matrix.commands:app",
        "Look",
        "Ask what is available, limited, planned or not migrated.",
    ),
    Command(
        "cookbook", "wherry_portal.cookbook.command:app", "Look", "Assess and run the examples of Agno's cookbook."
    ),
    Command("assess", "wherry_portal.assess.command:assess_command", "Cross", "Say what a code base uses of Agno."),
    Command(
        "migrate", "wherry_portal.migrate.command:migrate_command", "Cross", "Rewrite a code base from Agno to Wherry."
    ),
    Command(
        "ledger",
        "wherry_portal.ledger.command:ledger_command",
        "Cross",
        "List what a code base rests on, and its proof.",
    ),
    Command("record", "wherry_portal.parity.script.command:record", "Cross", "Keep what a script asks its model."),
    Command("parity", "wherry_portal.parity.command:app", "Cross", "Prove on both runtimes that nothing changed."),
    Command("bench", "wherry_portal.bench.command:bench_command", "Cross", "Measure what runs cost beside Agno."),
    Command("serve", "wherry.api.serving:serve", "Run", "Serve agents, teams and workflows over HTTP."),
    Command("run", "wherry.manifests.running:run_manifest", "Run", "Ask an agent that a manifest describes."),
    Command("portal", "wherry_portal.portal.command:app", "Run", "Serve the site together with the runtime API."),
    Command("docs", "wherry_portal.pages.command:app", "Run", "Write the pages that come from YAML and results."),
    Command("pilot", "wherry_portal.pilot.command:app", "Release", "Follow the pilot checklist, with log and clock."),
    Command("support", "wherry_portal.support.command:app", "Release", "Count tickets by week and team."),
    Command("gate", "wherry_portal.gate.command:app", "Release", "Decide on a release by its checklist."),
)
