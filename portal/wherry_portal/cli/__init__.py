"""The `wherry` command: finds the subcommand in a table, imports only that one, and turns errors into readable text.

What a subcommand does lives in its own package; `commands` says where. A subcommand is a plain function (or a cyclopts
App) that returns its exit status, or None for 0.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING

from wherry_portal.cli.commands import COMMANDS, GROUPS, Command
from wherry_portal.cli.extras import missing_extra

if TYPE_CHECKING:
    from cyclopts import App

    from wherry.core.errors import WherryError

REFUSED = 2
INTERRUPTED = 130
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

ABOUT = """Carries Agno agents, teams and workflows over to a compact runtime, with evidence at each step.

Start with `wherry doctor`; each command explains itself with `wherry COMMAND --help`.
"""


def build_app(commands: tuple[Command, ...] = COMMANDS) -> App:
    """The command line as a cyclopts App; no subcommand is imported before it is called.

    Args:
        commands: Rows of the table of subcommands.

    Returns:
        The root App, its help grouped and ordered as in `GROUPS`.
    """
    from cyclopts import App, Group

    import wherry
    from wherry_portal.cli.refused import panel

    app = App(
        name="wherry",
        help=ABOUT,
        help_format="markdown",
        version=f"wherry {wherry.__version__}",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
        error_formatter=panel,
    )
    groups = {name: Group(name, sort_key=place) for place, name in enumerate(GROUPS)}
    app["--help"].group = app["--version"].group = Group("Options", sort_key=len(GROUPS))
    for place, command in enumerate(commands):
        app.command(
            command.target, name=command.name, help=command.summary, group=groups[command.group], sort_key=place
        )
    return app


def main(arguments: list[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: Words after `wherry`; those of the process by default.

    Returns:
        The exit status: the subcommand's own, 2 when it was refused, 130 when it was interrupted.
    """
    words = sys.argv[1:] if arguments is None else arguments
    try:
        refuse_unknown(words)
        result = build_app()(words)
        sys.stdout.flush()  # at the end of the process nobody could say what went wrong
    except KeyboardInterrupt:
        print("wherry: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away; nothing is left to say
        return REFUSED
    except OSError as error:
        if error.filename is None and error.errno not in FULL:
            raise
        print(error_block(of_a_file(error)), file=sys.stderr)
        let_go_of_output()
        return REFUSED
    except Exception as error:
        said = in_words(error)
        if said is None:
            raise
        print(said, file=sys.stderr)
        return plainly(words)
    return result if isinstance(result, int) else 0


def plainly(words: list[str]) -> int:
    """After a refusal: the version or the list of commands, where that was asked for; neither needs a package."""
    import wherry

    if words == ["--version"]:
        print(f"wherry {wherry.__version__}")
    elif words in ([], ["--help"], ["-h"]):
        print(ABOUT.replace("`", ""))
        print("\n".join(f"  {command.name:9} {command.summary}" for command in COMMANDS))
    else:
        return REFUSED
    return 0


def in_words(error: Exception) -> str | None:
    """What is shown of an error; None where it is a fault of the program, which shows where it came from."""
    from wherry.core.errors import WherryError

    if isinstance(error, WherryError):  # first: a module that is not migrated is an ImportError, too
        return error_block(error)
    return missing_extra(error) if isinstance(error, ImportError) else None


def refuse_unknown(words: list[str]) -> None:
    """Refuse a subcommand that is not in the table, without importing those that are.

    Raises:
        ConfigurationError: There is none of that name; it says which come near.
    """
    names = [command.name for command in COMMANDS]
    if words and not words[0].startswith("-") and words[0] not in names:
        from difflib import get_close_matches

        from wherry.core.errors import ConfigurationError

        near = get_close_matches(words[0], names)
        meant = f"Did you mean {' or '.join(f'`wherry {name}`' for name in near)}? " if near else ""
        raise ConfigurationError(
            f"there is no command {words[0]!r}", hint=f"{meant}`wherry --help` lists the commands."
        )


def of_a_file(error: OSError) -> WherryError:
    """What the system says of a file that could not be read or written, as one of our errors."""
    from wherry.core.errors import ConfigurationError

    full = error.errno in FULL
    where = f"{os.fsdecode(error.filename)!r}: " if error.filename is not None else "what was to be written: "
    hint = "Make room on that disk" if full else "Check the path, and whether you may read and write there"
    again = ", and run the command again" if full else ""
    return ConfigurationError(f"{where}{error.strerror or error}", hint=f"{hint}{again}.")


def let_go_of_output() -> None:
    """Where the output itself cannot be written, have Python not try once more at its end, and show how that failed."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def error_block(error: WherryError) -> str:
    """One of our errors as a person reads it: what happened, what to do, where to read on."""
    lines = [f"error[{error.code}]: {error.message}"]
    if error.hint:
        lines.append(f"  hint: {error.hint}")
    lines.append(f"  docs: {error.docs}")
    return "\n".join(lines)
