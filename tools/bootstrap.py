"""Entry point of the Makefile: finds a Python that is new enough, then hands over to `stages`.

Only this file has to be readable by an old Python; everything beside it is written for 3.11 and later.
"""

import os
import subprocess
import sys

MINIMUM = (3, 11)
CANDIDATES = ("python3.14", "python3.13", "python3.12", "python3.11")


def newer_python():
    """Name of a Python on PATH that is new enough and really starts, or None."""
    probe = "import sys; sys.exit(sys.version_info < (%d, %d))" % MINIMUM
    with open(os.devnull, "w") as sink:
        for name in CANDIDATES:
            try:
                if subprocess.call([name, "-c", probe], stdout=sink, stderr=sink) == 0:
                    return name
            except OSError:
                continue
    return None


def main():
    """Run a target under this Python, or under a newer one when this one is too old."""
    if sys.version_info >= MINIMUM:
        from stages import run_target

        return run_target(sys.argv[1:])
    found = newer_python()
    if found is not None:
        os.execvp(found, [found] + sys.argv)  # noqa: S606
    sys.stderr.write(
        "Wherry needs Python %d.%d or newer; this one is %s. "
        "Install it, or name one you have: make %s PYTHON=/path/to/python3.12\n"
        % (MINIMUM[0], MINIMUM[1], sys.version.split()[0], " ".join(sys.argv[1:2]))
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
