"""The way out of Material: Zensical builds the same pages from the same `mkdocs.yml`, each at the same address."""

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from wherry_portal.pages.build import write_pages
from wherry_portal.pages.twins import twin

ROOT = Path(__file__).resolve().parents[2]
# Pages of each of these folders come from one function: some stand for the others, and links to those lead nowhere.
ALIKE = ("features", "errors", "cookbook")
KEPT = 4
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Folder of pages and folder of the site that Zensical made of them."""
    folder = tmp_path_factory.mktemp("zensical")
    write_pages(ROOT, folder / "pages")
    for name in ALIKE:
        for path in sorted((folder / "pages" / name).glob("[!i]*.md"))[KEPT:]:
            path.unlink()
    config = (ROOT / "mkdocs.yml").read_text("utf-8")
    for ours, theirs in (
        ("strict: true", "strict: false"),
        ("docs_dir: build/pages", "docs_dir: pages"),
        ("site_dir: build/site", "site_dir: site"),
        ("custom_dir: portal/theme", f"custom_dir: {ROOT / 'portal' / 'theme'}"),
        ("paths: [runtime, portal]", f"paths: [{ROOT / 'runtime'}, {ROOT / 'portal'}]"),
    ):
        assert ours in config
        config = config.replace(ours, theirs)
    (folder / "mkdocs.yml").write_text(config, "utf-8")
    zensical = str(Path(sys.executable).with_name("zensical"))
    done = subprocess.run(
        [zensical, "build", "-f", "mkdocs.yml"], cwd=folder, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "pages", folder / "site"


def test_every_page_is_there_at_its_address_with_its_title(built):
    pages, site = built
    names = [PurePosixPath(path.relative_to(pages)) for path in pages.rglob("*.md")]
    assert len(names) > 60
    for name in names:
        html = (site / twin(name)).with_suffix(".html")
        assert html.is_file(), f"{name} was not built"
        assert re.search(r"<h1\b", html.read_text("utf-8")), f"{name} has no title"


def test_what_pages_load_is_there_too(built):
    _, site = built
    home = (site / "index.html").read_text("utf-8")
    for name in ("pages.css", "pages.js", "checklist.js", "live.js"):
        assert f"assets/{name}" in home
        assert (site / "assets" / name).is_file()
    assert 'class="follow"' in (site / "checklists" / "pilot" / "index.html").read_text("utf-8")
    assert (site / "support-matrix.json").is_file()
