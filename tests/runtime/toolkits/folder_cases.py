"""What the toolkits over a folder answer, and how they leave it; the words of errors aside. For `toolkit_child`."""

import json
import re
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

FILES = {
    "a.md": "Alpha\nBeta\n\n",
    "b/c.txt": "beta Wherry\nx",
    "b/d/e/f/g.py": "print('beta')",
    ".env": "KEY=1",
    ".env.example": "KEY=",
    "node_modules/x.js": "beta",
    "build/.env": "x",
    "build/index.html": "beta",
    "empty.md": "",
    "big.md": "x" * 3000,
    "bin.dat": "beta",
}
PATHS = [
    *FILES,
    *("link.txt", "up/out.txt", "hidden", "alink.md", "broken", "blink/c.txt", "BLINK/c.txt", "a.md/"),
    *(
        "../out.txt",
        "/etc/hosts",
        "b/../a.md",
        "b",
        "nope",
        "",
        ".",
        "a\0b",
        "..\\out.txt",
        "C:\\x",
        "nul",
        "up/root/a.md",
    ),
]
SPANS = [
    (1, 1),
    (2, None),
    (None, 2),
    (1, 3),
    (3, 3),
    (0, 1),
    (-3, 2),
    (1, -1),
    (2, -2),
    (9, 12),
    (4, 4),
    (3, 2),
    (1, 0),
]
LISTINGS = [
    *({}, {"recursive": True}, {"recursive": True, "max_depth": 1}, {"recursive": True, "max_depth": 0}),
    *({"pattern": "*.md"}, {"pattern": "**/*.py"}, {"recursive": True, "pattern": "*.txt"}, {"pattern": "../*"}),
    *({"directory": one} for one in ("b", "blink", "..", "node_modules", "a.md", "build", "up")),
    *({"directory": "b", "pattern": "../*"}, {"pattern": "/etc/*"}, {"pattern": "build/*"}),
]
WORKSPACE = [
    *(("read_file", (path,)) for path in PATHS),
    *(("read_file", (path, *span)) for path in ("a.md", "b/c.txt", "empty.md") for span in SPANS),
    ("read_file", ("big.md", 1, 1)),
    *(("list_files", given) for given in LISTINGS),
    *(("search_content", (query,)) for query in ("beta", "", "secret", "KEY", "xxx")),
    *(("search_content", given) for given in (("BETA", "b"), ("beta", "up"), ("beta", ".", 0))),
    *(("write_file", (path, "hi")) for path in ("n/e/w.md", ".env", "../y", "b", "link.txt", "up/z", "alink.md", ".")),
    *(
        ("write_file", given)
        for given in (("a.md", "x", False), ("e.md", "é", True, "latin-1"), ("e.md", "x", True, "no"))
    ),
    *(("write_file", (path, "x")) for path in ("build/ok.html", "build/.env2", "node_modules")),
    *(
        ("edit_file", ("b/c.txt", *given))
        for given in (("beta", "B"), ("zzz", "B"), ("", "B"), ("e", "E"), ("e", "E", True))
    ),
    *(("edit_file", (path, "x", "y")) for path in ("big.md", "nope", ".env")),
    *(
        ("move_file", given)
        for given in (("n/e/w.md", "m.md"), ("nope", "x"), ("b", "bb"), ("m.md", "a.md"), (".env", "env"))
    ),
    *(("move_file", given) for given in (("m.md", "a.md", True), ("a.md", ".env3"), ("a.md", "../o"))),
    *(("delete_file", (path,)) for path in ("e.md", "e.md", "b", "../out.txt", ".env", "alink.md")),
    *(
        ("run_command", given)
        for given in ((["printf", "a\nb\nc"], 2), (["sh", "-c", "echo bad >&2; exit 3"],), (["pwd"], 0))
    ),
    *(("run_command", given) for given in ((["printf", "\\033[31mred\\033[0m"],), (["no-such-program"],))),
]
FILE_TOOLS = [
    *(("read_file", (path,)) for path in PATHS),
    *(("read_file_chunk", ("a.md", *span)) for span in ((0, 0), (0, 1), (1, 9), (-2, -1), (2, 1), (5, 6), (0, -2))),
    ("read_file_chunk", ("../out.txt", 0, 1)),
    *(("list_files", given) for given in ((), ("b",), ("..",), ("node_modules",), ("a.md",), ("up",), ("",))),
    *(("search_files", (one,)) for one in ("*.md", "**/*.py", "*", "../*", "/etc/*", "", "up/*", "**/*.js")),
    *(
        ("search_content", given)
        for given in (("beta",), ("BETA", "b"), ("",), ("secret",), ("beta", "up"), ("beta", "a.md"))
    ),
    *(("save_file", ("hi", path)) for path in ("n/e/w.md", "../y", "b", "link.txt", "alink.md", ".")),
    *(("save_file", given) for given in (("x", "a.md", False), ("é", "l.md", True, "latin-1"))),
    *(
        ("replace_file_chunk", ("b/c.txt", *given))
        for given in ((0, 0, "B"), (1, 1, "y\nz"), (3, 3, "q"), (-1, 0, "q"), (2, 1, "q"))
    ),
    *(("replace_file_chunk", (path, 0, 0, "q")) for path in ("nope", "../out.txt")),
    *(("delete_file", (path,)) for path in ("n/e/w.md", "n/e", "b", "nope", "../out.txt")),
]
DONE = re.compile(r"(Wrote|Edited|Moved|Deleted) ")


def filled(home):
    """A folder with files and links, some of which lead out of it."""
    root = home / "root"
    for name, text in FILES.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (home / "out.txt").write_text("secret beta")
    links = {"link.txt": home / "out.txt", "up": home, "hidden": root / ".env", "alink.md": root / "a.md"}
    for name, target in {**links, "blink": root / "b", "broken": "nowhere"}.items():
        (root / name).symlink_to(target)
    return root


def compared(answer):
    """An answer as it is compared: JSON without the order of a disk, errors and deeds without their words."""
    if re.match(r"Error|Incorrect|.* already", answer) and not answer.startswith("Error (exit"):
        return "refused"
    if DONE.match(answer):
        return answer.split()[0]
    if answer[:1] in ("{", "["):
        read = json.loads(answer)
        files = read.get("files") if isinstance(read, dict) else read
        if isinstance(files, list):
            files.sort(key=str)
        return read
    return answer


def asked(kit, calls):
    for name, given in calls:
        answer = getattr(kit, name)(**given) if isinstance(given, dict) else getattr(kit, name)(*given)
        yield f"{name} {given!r}", compared(answer)


def answers(runtime):
    """What both toolkits answer to all of the above, and what is in the folder and around it afterwards."""
    workspace, files = import_module(f"{runtime}.tools.workspace"), import_module(f"{runtime}.tools.file")
    told = {"patterns": workspace.DEFAULT_EXCLUDE_PATTERNS, "again": files.DEFAULT_EXCLUDE_PATTERNS}
    told |= {"kinds": sorted(workspace.TEXT_EXTENSIONS), "fewer": sorted(files.TEXT_EXTENSIONS)}
    for kind, calls in (("workspace", WORKSPACE), ("files", FILE_TOOLS)):
        with TemporaryDirectory() as folder:
            home = Path(folder).resolve()
            root = filled(home)
            if kind == "workspace":
                kit = workspace.Workspace(
                    root, allowed=workspace.Workspace.ALL_TOOLS, allow_paths=["build"], max_file_length=2500
                )
            else:
                kit = files.FileTools(root, all=True, max_file_length=2500)
            told[kind] = list(asked(kit, calls))
            told[f"{kind} left"] = {
                one.relative_to(home).as_posix(): one.read_text("latin-1") if one.is_file() else "no file"
                for one in sorted(home.rglob("*"))
            }
    return told
