"""A page for each error of the runtime and the portal, by its code: the address that the error itself names.

The classes are found by importing the modules whose source gives an error a code; none of them imports the reference.
"""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import wherry
import wherry_portal
from wherry import exceptions
from wherry.core import errors
from wherry_portal.pages.features import ISSUES, TEMPLATES
from wherry_portal.pages.text import code, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Titles = Mapping[str, tuple[int, str]]

_CODE = re.compile(r'^    code = "', re.MULTILINE)
_GUIDES = {
    "not_migrated": "The feature's own page says why, what to use instead and when it is planned; the "
    "[support matrix](../support-matrix.md) lists them all.",
    "async_in_sync_run": "Call `arun`, `aprint_response` or `acontinue_run`, or give the run a plain function.",
    "bad_selector": "A piece of evidence in `support_matrix.yaml` names a test, fixture or notebook that is not there. "
    "Correct its spelling, or remove it.",
    "bad_source": "A YAML or JSON file breaks a rule. The message names file, line and field; the rules are in the "
    "schemas below `contracts/`.",
    "configuration": "Something was given that cannot be: the message names it, and what can be given instead.",
    "bench": "A measurement could not be made: the runtime under test is missing, or its process ended. Run "
    "`wherry doctor`, then `wherry bench run` again. [How it is measured](../performance.md).",
    "cassette": "The cassette cannot be read, or holds no answer to what the script asked. Record it again with "
    "`wherry record -- python script.py`.",
    "inventory": "The names of a release could not be read. Give a version that is installed, or the path of a wheel.",
    "manifest": "A manifest breaks a rule. The message names file, line and field.",
    "migrate": "Nothing was changed. Commit or set aside what is not committed, or say `--allow-dirty`. "
    "[How a migration goes](../guide/migrate.md).",
    "parity_child": "The process that runs the reference did not come up. Install it with "
    "`pip install 'wherry[parity]'`; `wherry doctor` says what is missing.",
    "parity_nothing": "No fixture or case has that name. `wherry parity run --cases` shows the names.",
    "parity_script": "The script could not be compared: it is not there, or does not end on Agno either. Run it by "
    "itself first. [How parity is proven](../guide/prove.md).",
    "parity_stats": "There are no earlier results, or they were made with another version of the reference: rates of "
    "two versions say nothing about each other. Make results with `wherry parity run`.",
    "record_nothing": "Nothing was asked of a model while the command ran. Check that the script reads "
    "`OPENAI_BASE_URL` or `ANTHROPIC_BASE_URL`, or gives its client no address of its own.",
    "remote_call_refused": "Another server answered with an error status, which the message tells with what it said. "
    "At 401 or 403 pass a token (`auth_token=`); at 404 ask it what it has: `AgentOSClient(address).aget_config()`.",
    "replay_mismatch": "The request is not the one the script of replies expects. The message shows both.",
    "replay_request": "The request is none that a model's API knows. Check the path and that the body is JSON.",
    "replay_script": "The file of scripted replies breaks a rule. The message names the reply and the field.",
    "store": "The database refused, or is not there. The message holds its own words: check the address, the rights "
    "and whether it runs; `wherry doctor` looks for the drivers.",
    "session_conflict": "Two runs wrote the same key. Run them one after the other, or let each write its own key.",
}


def error_classes() -> dict[str, list[type[Exception]]]:
    """The errors with a page, by code."""
    found: dict[str, list[type[Exception]]] = {}
    for name in _modules():
        for value in vars(import_module(name)).values():
            if isinstance(value, type) and issubclass(value, errors.WherryError) and value.__module__ == name:
                found.setdefault(value.code, []).append(value)
    found["migration_required"] = [errors.MigrationRequiredError, errors.SchemaMismatchError]
    return found


def _modules() -> Iterator[str]:
    """Modules of both packages that give an error its code."""
    for package in (wherry, wherry_portal):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            if _CODE.search(path.read_text("utf-8")):
                yield ".".join((folder.name, *path.relative_to(folder).with_suffix("").parts))


def pilot_page() -> str:
    """`errors/pilot.md`: what the pilot logs refuse over HTTP."""
    return (
        "# Pilot\n\nThe pilot log refused a change: the item is not in the checklist, is decided by a run and not by "
        "hand, or the link under a signature leads nowhere. The message names which.\n\n"
        f"[How a pilot goes](../guide/pilot.md).\n\n{reports('pilot')}\n"
    )


def reports(name: str) -> str:
    """Where to say that a feature is missing, or that the error should not have come."""
    if name == "not_migrated":
        return f"## Do you need it?\n\n[Say so in an issue]({ISSUES}): the template asks for what decides."
    return (
        "## Is the error wrong?\n\n"
        f"[Report it]({TEMPLATES}unexpected-error.yml&error={name}): the template asks for the message and the "
        "shortest script that shows it."
    )


def errors_index(page: str, classes: Mapping[str, Sequence[type[Exception]]], titles: Titles) -> str:
    """The reference of errors with its marks replaced by tables that lead to each code's page.

    Args:
        page: The hand-written page.
        classes: The errors with a page, by code.
        titles: Status and title of what the server answers, by code.
    """
    raised = []
    for name in sorted(classes):
        found = sorted(classes[name], key=_by_kind)
        kinds = ", ".join(code(one.__name__) for one in found)
        raised.append((f"[{code(name)}](../errors/{name}.md)", kinds, _first_line(found[0])))
    answered = (
        (str(status), f"[{code(name)}](../errors/{name}.md)", title)
        for name, (status, title) in sorted(titles.items(), key=lambda one: one[1][0])
    )
    tables = {
        "<!-- errors by code -->": table(("Code", "Raised as", "What it means"), raised),
        "<!-- errors by status -->": table(("Status", "Code", "What it means"), answered),
    }
    for mark, made in tables.items():
        page = page.replace(mark, made)
    return page


def _by_kind(one: type[Exception]) -> tuple[bool, int]:
    """The tree's own before those of single modules, and what others are kinds of before them."""
    return one.__module__ != errors.__name__, len(one.__mro__)


def _first_line(one: type[Exception]) -> str:
    return plain((inspect.getdoc(one) or "").partition("\n")[0])


def error_page(name: str, classes: list[type[Exception]]) -> str:
    """`errors/<code>.md`: what it is and what to do first, then the classes for who catches them."""
    kinds = sorted(classes, key=_by_kind)
    parts = [
        f"# {plain(name.replace('_', ' ').capitalize())}",
        f"[Errors](../reference/errors.md) / {code(name)}\n{{ .crumbs }}",
        (
            f"{_about(kinds[0])} The message says what happened, with the value that was refused; the line below it "
            "says what to do next."
        ),
    ]
    if name in _GUIDES:
        parts.append(f"## What to do\n\n{_GUIDES[name]}")
    parts += [f"## In Python\n\n{table(('Class', 'Is a', 'When'), map(_class_row, kinds))}", reports(name)]
    return "\n\n".join(parts) + "\n"


def _class_row(one: type[Exception]) -> tuple[str, str, str]:
    home = exceptions.__name__ if one.__name__ in exceptions.__all__ else one.__module__
    bases = ", ".join(code(base.__name__) for base in one.__bases__)
    return code(f"{home}.{one.__name__}"), bases, _about(one).partition("\n\n")[0]


def _about(one: type[Exception]) -> str:
    """What its docstring says before it lists arguments and attributes."""
    return plain(re.split(r"\n\n(?:Attributes|Args):", inspect.cleandoc(one.__doc__ or ""))[0])
