"""What ran, as coverage.py's data and report; `coverage_plugin` hands it the marks of a run when that ends.

To say where ways lead and to report what was not taken, coverage.py parses a file, which takes longer than anything
else here: each is parsed once for both, and the report is kept for `tools/coverage_result.py`.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import marking
from coverage import Coverage
from coverage.exceptions import NoDataError
from coverage.results import format_fail_under_msg, should_fail_under

REPORT = Path(".cache") / "coverage.json"
KEPT = Path(".cache") / "coverage.marks"


class Covered(Coverage):
    """Coverage.py, with what ran of a file added to its data when the file is parsed for the report.

    Args:
        marks: Those of each file that was loaded.
        config_file: Where coverage.py is set up.
    """

    def __init__(self, marks, config_file):
        super().__init__(config_file=config_file)
        self.left = dict(marks)
        self.summaries = {}

    def write(self):
        """Write the data, and return the report: its text, its numbers by file, and why it is too little, if it is."""
        data = self.get_data()
        data.add_arcs({})  # it holds arcs, though none may have run
        data.touch_files({*self.left, *files(self.config.source_pkgs)})
        text = io.StringIO()
        try:
            failure = self.too_little(self.report(file=text, skip_empty=True))
        except NoDataError as error:
            failure = str(error)
        for path in list(self.left):  # what is not reported
            self.add(self._get_file_reporter(path))
        data.close()
        return {"text": text.getvalue(), "failure": failure, "files": self.summaries}

    def too_little(self, total):
        wanted, precision = self.config.fail_under, self.config.precision
        if should_fail_under(total, wanted, precision):
            return f"Coverage failure: {format_fail_under_msg(total, wanted, precision)}"
        return None

    def add(self, reporter):
        marks = self.left.pop(reporter.filename, None)
        if marks is not None:
            self.get_data().add_arcs({reporter.filename: arcs(reporter, *marking.ran(marks))})

    def _analyze(self, morf, file_reporter=None):
        reporter = file_reporter or self._get_file_reporter(morf)
        self.add(reporter)
        analysis = super()._analyze(morf, reporter)
        numbers = analysis.numbers
        self.summaries[reporter.relative_filename()] = {
            "summary": {
                "covered_lines": numbers.n_executed,
                "num_statements": numbers.n_statements,
                "covered_branches": numbers.n_executed_branches,
                "num_branches": numbers.n_branches,
            }
        }
        return analysis


def write(root, marks):
    """Write the data of a run and its report below a folder, in which coverage.py is set up."""
    report = Covered(marks, str(root / "pyproject.toml")).write()
    (root / REPORT).parent.mkdir(exist_ok=True)
    (root / REPORT).write_text(json.dumps(report), encoding="utf-8")


def keep(root, marks):
    """Leave it to `write_kept`, a process of its own, to write the data of a run and its report."""
    (root / KEPT).parent.mkdir(exist_ok=True)
    (root / KEPT).write_text(json.dumps({path: of_file.hex() for path, of_file in marks.items()}), encoding="utf-8")


def write_kept(root):
    """Write what was left to do, if anything was: once."""
    if (root / KEPT).exists():
        kept = json.loads((root / KEPT).read_text(encoding="utf-8"))
        write(root, {path: bytes.fromhex(of_file) for path, of_file in kept.items()})
        (root / KEPT).unlink()


def arcs(reporter, lines, taken, passed):
    """What ran of a file, as coverage.py's own core for newer Pythons writes it.

    A line that ran is an arc to itself, a way that was taken one to where it leads. Where ways lead is coverage.py's to
    say, and so is what counts and what is left out.

    Raises:
        ValueError: A branch has three ways, which marks cannot tell apart.
    """
    ways = defaultdict(set)
    for line, target in reporter.arcs():
        ways[line].add(target)
    found = {(line, line) for line in lines}
    for line in taken | passed:
        targets = ways[line]
        if len(targets) > 2:
            raise ValueError(
                f"{reporter.filename}:{line} leads to {sorted(targets)}: write no line with over two ways."
            )
        if len(targets) == 2:  # the block below a line comes before whatever else follows it
            below = min(target for target in targets if target > line)
            (beyond,) = targets - {below}
            found |= {(line, target) for target, went in ((below, taken), (beyond, passed)) if line in went}
    return found


def files(packages):
    """Every module of these packages, for what was never loaded counts, too."""
    for package in packages:
        spec = find_spec(package)
        for folder in spec.submodule_search_locations if spec else ():
            yield from modules(Path(folder))


def modules(folder):
    """The modules in a folder and in those below it, if it is a package."""
    inside = list(folder.iterdir())
    if folder / "__init__.py" in inside:
        for path in inside:
            if path.suffix == ".py":
                yield str(path)
            elif path.is_dir():
                yield from modules(path)
