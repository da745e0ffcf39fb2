"""A wiki as a source: asked and changed in words, in a folder, in files of Wherry's own, in a git repository."""

import asyncio
import json
import os
import subprocess
import threading

import pytest
from agent_kit import agent, calls, chat, model, named, ran, system_text

from wherry.context import ContextMode, Status
from wherry.context.wiki import FileSystemBackend, GitBackend, WikiBackendError, WikiContextProvider
from wherry.context.wiki import backend as backends
from wherry.context.wiki.backend import DurableWikiBackend
from wherry.context.wiki.git_ops import GitError, Scrubber, build_authenticated_url, run
from wherry.core.errors import NotMigratedError
from wherry.fs import FileSystem
from wherry.fs.local import LocalFileSystem
from wherry.run import RunContext

async_ways = pytest.mark.parametrize("way", ["arun", "arun stream"])
TOKEN = "ghp-not-for-anybody"


def wiki(path, **options):
    backend = FileSystemBackend(path / "wiki") if not isinstance(path, FileSystemBackend | GitBackend) else path
    return WikiContextProvider(backend=backend, **{"model": chat("gpt-5-nano"), **options})


def changing(name="update_wiki", **writes):
    writes = writes or {"path": "docs/deploys.md", "content": "# Deploys\n\nOn Mondays.\n"}
    return [calls(name, instruction="Write of deploys."), calls("write_file", **writes), "Wrote docs/deploys.md."]


@async_ways
def test_a_wiki_is_changed_and_then_asked_in_words(way, tmp_path):
    source = wiki(tmp_path)
    asking = agent(tools=source.get_tools(), instructions=source.instructions())
    script = [
        *changing(),
        calls("query_wiki", question="When do we deploy?"),
        calls("read_file", path="docs/deploys.md"),
        "On Mondays, says docs/deploys.md.",
        "On Mondays.",
    ]
    with model(*script) as server:
        events, output = ran(way, asking, user_id="u-1", session_id="s-1")
        writing, reading = server.requests[1], server.requests[4]
        assert str(tmp_path / "wiki") in system_text(server, 1)
        assert str(tmp_path / "wiki") in system_text(server, 4)
    offered = [[one["function"]["name"] for one in request.body["tools"]] for request in (reading, writing)]
    assert sorted(offered[0]) == ["list_files", "read_file", "search_content"]
    assert sorted(offered[1]) == ["edit_file", *sorted(offered[0]), "write_file"]
    assert [one.result for one in output.tools] == ["Wrote docs/deploys.md.", "On Mondays, says docs/deploys.md."]
    assert (tmp_path / "wiki" / "docs" / "deploys.md").read_text() == "# Deploys\n\nOn Mondays.\n"
    if "stream" in way:
        inner = [event for event in events if event.run_id != output.run_id]
        assert {(event.agent_id, event.agent_name) for event in inner} == {
            ("wiki-write", "wiki Write"),
            ("wiki-read", "wiki Read"),
        }
        assert {event.parent_run_id for event in inner} == {output.run_id}
        assert named(inner, "ToolCallCompleted")[0].tool.result.startswith("Wrote docs/deploys.md")


@async_ways
def test_what_leads_out_of_a_wiki_is_told_to_its_agent(way, tmp_path):
    source = wiki(tmp_path, stream_sub_agent_events=False)
    script = [*changing(path="../loot.md", content="x"), "No."]
    with model(*script) as server:
        _, output = ran(way, agent(tools=source.get_tools()))
        assert server.requests[2].turns[-1][1].startswith("Error: path escapes this workspace")
    assert json.loads(output.tools[0].result) == {"text": "Wrote docs/deploys.md."}
    assert not (tmp_path / "loot.md").exists()


def test_a_wiki_is_asked_and_changed_without_another_agent(tmp_path):
    source = wiki(tmp_path)
    with model("At nine.", "Done.", "At ten.", "Done again."):
        assert source.query("When?").text == "At nine."
        assert source.update("Write.").text == "Done."
        assert asyncio.run(source.aquery("When?", run_context=RunContext(run_id="r", session_id="s"))).text == "At ten."
        assert asyncio.run(source.aupdate("Write.")).text == "Done again."


def test_the_modes_of_a_wiki(tmp_path):
    def names(**options):
        return [getattr(one, "name", None) for one in wiki(tmp_path, id="Log book", **options).get_tools()]

    assert names() == ["query_log_book", "update_log_book"]
    assert names(write=False) == ["query_log_book"]
    assert names(read=False) == ["update_log_book"]
    assert names(mode=ContextMode.agent) == ["query_log_book"]
    (kit,) = wiki(tmp_path, mode=ContextMode.tools).get_tools()
    assert sorted(kit.functions) == ["list_files", "read_file", "search_content"]


def test_what_a_wiki_tells_of_itself_is_what_it_offers(tmp_path):
    assert "`update_wiki(instruction)`" in wiki(tmp_path).instructions()
    assert "`update_wiki" not in wiki(tmp_path, write=False).instructions()
    assert "`query_wiki" not in wiki(tmp_path, read=False).instructions()
    assert "`update_wiki" not in wiki(tmp_path, mode=ContextMode.agent).instructions()
    assert "You cannot change it" in wiki(tmp_path, mode=ContextMode.tools).instructions()
    assert "reads the web" in wiki(tmp_path, web=Web()).instructions()


class Web:
    """A backend of the web with one tool."""

    def __init__(self):
        self.seen = []

    async def asetup(self):
        self.seen.append("setup")

    async def aclose(self):
        self.seen.append("close")

    def get_tools(self):
        def fetch(address: str) -> str:
            """Read a page."""
            return f"{address}: high water at nine"

        return [fetch]


def test_the_writing_agent_may_read_the_web(tmp_path):
    web, own = Web(), [lambda: "mine"]
    own[0].__name__ = "put"
    source = wiki(tmp_path, web=web, write_tools=own, write_instructions="Write below {path}.")

    async def main():
        answer = await source.aupdate("Add http://tides.test/")
        await source.aclose()
        await source.asetup()
        return answer

    with model(calls("fetch", address="http://tides.test/"), "Added.") as server:
        assert asyncio.run(main()).text == "Added."
        told = system_text(server)
        offered = [one["function"]["name"] for one in server.requests[0].body["tools"]]
    assert sorted(offered) == ["fetch", "put"]
    assert f"Write below {tmp_path / 'wiki'}." in told
    assert "## Source" in told
    assert len(own) == 1
    assert web.seen == ["setup", "close", "setup"]


def test_the_status_of_a_folder_is_whether_it_is_there(tmp_path):
    source = wiki(tmp_path)
    assert source.status() == Status(ok=False, detail=f"{tmp_path / 'wiki'} is not there")
    asyncio.run(source.asetup())
    asyncio.run(source.sync())
    assert asyncio.run(source.astatus()) == Status(ok=True, detail=str(tmp_path / "wiki"))


def test_changes_are_made_one_after_the_other_in_whichever_loops(tmp_path):
    class Counting(FileSystemBackend):
        now = most = 0

        async def sync(self):
            self.now += 1
            self.most = max(self.most, self.now)
            await asyncio.sleep(0.02)

        async def commit_after_write(self, *, model=None):
            self.now -= 1

    backend = Counting(tmp_path / "wiki")
    source = wiki(backend)
    with model(*["Done."] * 4):
        threads = [threading.Thread(target=source.update, args=("Write.",)) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert (backend.now, backend.most) == (0, 1)


@async_ways
def test_a_failure_of_the_backend_is_told_to_the_asking_agent(way, tmp_path):
    class Broken(FileSystemBackend):
        async def sync(self):
            raise WikiBackendError("the line is down")

        async def setup(self):
            if self.path.name == "gone":
                raise WikiBackendError("no such wiki")

    script = [calls("update_wiki", instruction="Write."), calls("query_wiki", question="When?"), "Later."]
    source = wiki(Broken(tmp_path / "wiki"))
    with model(script[0], "Later."):
        _, output = ran(way, agent(tools=source.get_tools()))
    assert json.loads(output.tools[0].result) == {"error": "WikiBackendError: the line is down"}
    with model(*script[1:]):
        _, output = ran(way, agent(tools=wiki(Broken(tmp_path / "gone")).get_tools()))
    assert json.loads(output.tools[0].result) == {"error": "WikiBackendError: no such wiki"}


@async_ways
def test_a_wiki_may_be_in_files_of_wherrys_own(way, tmp_path):
    files = FileSystem(LocalFileSystem(tmp_path), "pages")
    files.write("acle.md", "High water at nine.")
    source = WikiContextProvider(backend=DurableWikiBackend(files), model=chat("gpt-5-nano"))
    assert source.status() == Status(ok=True, detail="files in pages")
    asyncio.run(source.sync())
    script = [
        calls("query_wiki", question="When?"),
        calls("read_file", path="acle.md"),
        "At nine.",
        calls("update_wiki", instruction="At ten."),
        calls("append_file", path="acle.md", content="At ten now."),
        "Written.",
        "Done.",
    ]
    with model(*script) as server:
        ran(way, agent(tools=source.get_tools()))
        offered = [one["function"]["name"] for one in server.requests[1].body["tools"]]
    assert sorted(offered) == ["list_files", "read_file", "search_content"]
    assert files.read("acle.md") == "High water at nine.\nAt ten now.\n"


# --- in a git repository -------------------------------------------------------------------------------------------


def git(*args, cwd):
    env = {
        **os.environ,
        **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    return subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True, text=True, env=env).stdout


@pytest.fixture
def shared(tmp_path):
    """A repository with one page, and the folder of another writer."""
    git("init", "-q", "--bare", "-b", "main", "shared.git", cwd=tmp_path)
    git("clone", "-q", str(tmp_path / "shared.git"), "other", cwd=tmp_path)
    write(tmp_path, "README.md", "# Wiki\n")
    return tmp_path


def write(place, name, text):
    (place / "other" / name).write_text(text)
    for args in (
        ["checkout", "-q", "-B", "main"],
        ["add", "-A"],
        ["commit", "-qm", name],
        ["push", "-q", "origin", "main"],
    ):
        git(*args, cwd=place / "other")


def repository(place, **options):
    options = {
        "repo_url": f"file://{place / 'shared.git'}",
        "github_token": TOKEN,
        "local_path": place / "clone",
        **options,
    }
    return GitBackend(**options)


@async_ways
def test_a_change_is_committed_under_a_title_of_the_models_and_pushed(way, shared):
    source = wiki(repository(shared))
    with model(*changing(), "`Add a page on deploys`\n\nMore.", "Done."):
        _, output = ran(way, agent(tools=source.get_tools()))
    told = git("log", "-1", "--format=%H %an <%ae> %s", cwd=shared / "shared.git").strip()
    sha, _, rest = told.partition(" ")
    assert rest == "Agno Wiki Bot <wiki-bot@agno.local> Add a page on deploys"
    note = f"Committed {sha[:8]} (1 file(s)): Add a page on deploys"
    assert output.tools[0].result == f"Wrote docs/deploys.md.\n\n{note}"
    assert TOKEN not in (shared / "clone" / ".git" / "config").read_text()


def test_what_others_wrote_is_fetched_before_a_change(shared):
    backend = repository(shared)
    source = wiki(backend, model=None)
    asyncio.run(source.asetup())
    write(shared, "tides.md", "At nine.\n")
    assert not (backend.path / "tides.md").exists()
    asyncio.run(source.sync())
    assert (backend.path / "tides.md").read_text() == "At nine.\n"
    (backend.path / "locks.md").write_text("At eight.\n")
    write(shared, "tides.md", "At ten.\n")  # meanwhile
    kept = asyncio.run(backend.commit_after_write())
    assert kept.message.startswith("Update wiki (20")
    assert kept.sha == git("rev-parse", "main", cwd=shared / "shared.git").strip()
    assert asyncio.run(backend.commit_after_write()) is None


def test_a_wiki_is_set_up_once_by_questions_that_come_together(shared):
    backend = repository(shared)
    source = wiki(backend)

    async def main():
        return await asyncio.gather(*(source.aquery("When?") for _ in range(3)))

    with model(*["At nine."] * 3):
        assert [one.text for one in asyncio.run(main())] == ["At nine."] * 3
    assert (backend.path / "README.md").exists()


def test_the_repository_whose_hook_this_runs_in_is_left_alone(shared, monkeypatch):
    before = git("log", "--format=%H", cwd=shared / "other"), git("remote", "-v", cwd=shared / "other")
    backend = repository(shared)
    with monkeypatch.context() as hook:
        hook.setenv("GIT_DIR", str(shared / "other" / ".git"))
        hook.setenv("GIT_INDEX_FILE", str(shared / "other" / ".git" / "index"))
        asyncio.run(backend.setup())
        (backend.path / "tides.md").write_text("At nine.\n")
        kept = asyncio.run(backend.commit_after_write())
    assert kept.sha == git("rev-parse", "main", cwd=shared / "shared.git").strip()
    assert (git("log", "--format=%H", cwd=shared / "other"), git("remote", "-v", cwd=shared / "other")) == before


def test_a_change_that_was_broken_off_stands_in_the_way_of_none(shared):
    backend = repository(shared)
    source = wiki(backend, model=None)
    asyncio.run(source.asetup())
    (backend.path / "README.md").write_text("# Half\n")
    write(shared, "tides.md", "At nine.\n")
    asyncio.run(source.sync())
    assert (backend.path / "tides.md").read_text() == "At nine.\n"
    assert asyncio.run(backend.commit_after_write()) is None
    assert git("show", "main:README.md", cwd=shared / "shared.git") == "# Half\n"


def test_a_conflict_is_an_error_and_the_clone_stays_usable(shared):
    backend = repository(shared)
    asyncio.run(backend.setup())
    write(shared, "README.md", "# Theirs\n")
    (backend.path / "README.md").write_text("# Ours\n")
    with pytest.raises(WikiBackendError, match="git pull --rebase"):
        asyncio.run(backend.commit_after_write())
    assert git("status", "--porcelain", cwd=backend.path) == ""
    assert git("log", "-1", "--format=%an", cwd=backend.path).strip() == "Agno Wiki Bot"
    for _ in range(2):  # nobody has solved it yet
        with pytest.raises(GitError, match="pull --rebase"):
            asyncio.run(backend.sync())
        assert (backend.path / "README.md").read_text() == "# Ours\n"
    asyncio.run(repository(shared).setup())
    with pytest.raises(subprocess.CalledProcessError):
        git("pull", "-q", "--rebase", cwd=backend.path)
    with pytest.raises(GitError, match="pull --rebase"):
        asyncio.run(backend.sync())
    assert "Theirs" in (backend.path / "README.md").read_text()  # who is at it goes on


def test_only_a_clone_of_this_branch_is_taken_and_nothing_else_deleted_unasked(shared):
    backend = repository(shared)
    assert backend.status().detail == f"{backend.path} is not there yet"
    asyncio.run(backend.setup())
    asyncio.run(backend.setup())
    assert backend.status() == asyncio.run(backend.astatus())
    assert backend.status().ok
    for options, message in (
        ({"repo_url": f"file://{shared}/another.git"}, "is a clone of"),
        ({"branch": "next"}, "is on branch 'main'"),
        ({"local_path": shared / "other" / "README.md"}, "is no directory"),
        ({"local_path": shared}, "is no clone, and not empty"),
    ):
        with pytest.raises(WikiBackendError, match=message):
            asyncio.run(repository(shared, **options).setup())
    (shared / "mine").mkdir()
    (shared / "mine" / "page.md").write_text("gone")
    asyncio.run(repository(shared, local_path=shared / "mine", force_clone=True).setup())
    assert sorted(one.name for one in (shared / "mine").iterdir()) == [".git", "README.md"]


def test_an_agent_does_not_reach_what_git_keeps(shared):
    backend = repository(shared)
    asyncio.run(backend.setup())
    kit = wiki(backend)._build_write_tools()
    assert kit.write_file(".git/hooks/pre-push", "#!/bin/sh").startswith("Error: path is excluded")
    assert kit.read_file(".git/config").startswith("Error: path is excluded")


def test_git_is_told_the_token_by_a_helper_and_asks_nobody(shared):
    backend = repository(shared, repo_url="https://git.test/owner/wiki.git")
    env = {**os.environ, **backend._git_env(), "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}

    def told(url):
        fill = ["git", "credential", "fill"]
        asked = f"url={url}\n\n"
        return subprocess.run(fill, input=asked, env=env, capture_output=True, text=True, check=False).stdout

    assert f"username=x-access-token\npassword={TOKEN}\n" in told("https://git.test/owner/wiki.git")
    for elsewhere in ("https://evil.test/owner/wiki.git", "http://git.test/owner/wiki.git", "https://git.test:81/x"):
        assert TOKEN not in told(elsewhere)
    with pytest.raises(GitError) as failed:
        asyncio.run(run(["ls-remote", f"file:///nowhere/{TOKEN}"], cwd=shared, scrubber=Scrubber([TOKEN])))
    assert TOKEN not in f"{failed.value} {failed.value.cmd} {failed.value.stderr}"
    with pytest.raises(GitError, match="not done after"):
        asyncio.run(run(["-c", "alias.wait=!sleep 60", "wait"], cwd=shared, timeout=0.2))


def test_a_password_in_an_address_stands_in_no_text(tmp_path, caplog):
    caplog.set_level("DEBUG", "wherry")
    backend = repository(tmp_path, repo_url="https://me:pass-for-me@127.0.0.1:1/owner/wiki.git")
    with pytest.raises(GitError) as failed:
        asyncio.run(backend.setup())
    (tmp_path / "clone" / ".git").mkdir(parents=True)
    told = f"{failed.value} {failed.value.cmd} {backend.status().detail}"
    git("init", "-q", "mine", cwd=tmp_path)
    git("remote", "add", "origin", "https://me:pass-for-me@127.0.0.1:1/another.git", cwd=tmp_path / "mine")
    for refused, options in (
        (WikiBackendError, {"local_path": tmp_path / "mine"}),
        (ValueError, {"repo_url": "http://me:pass-for-me@git.test/a.git"}),
    ):
        with pytest.raises(refused) as failed:
            asyncio.run(repository(tmp_path, **options).setup())
        told += str(failed.value)
    assert "https://127.0.0.1:1/owner/wiki.git" in told
    assert "pass-for-me" not in told + caplog.text


def test_a_token_stands_in_no_text_and_goes_with_https_alone():
    hide = Scrubber()
    hide.add(TOKEN)
    hide.add(None)
    assert (
        hide.scrub(f"at {TOKEN} and https://x-access-token:other@git.test")
        == "at *** and https://x-access-token:***@git.test"
    )
    assert build_authenticated_url("https://old@git.test/a/b.git", "t") == "https://x-access-token:t@git.test/a/b.git"
    for url in ("git@git.test:a/b.git", "http://git.test/a/b.git", "git.test/a/b"):
        with pytest.raises(ValueError, match="https://host"):
            build_authenticated_url(url, "t")
    with pytest.raises(ValueError, match="needs a token"):
        build_authenticated_url("https://git.test/a", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"github_token": ""}, "needs a github_token"),
        ({"repo_url": ""}, "needs a repo_url"),
        ({"repo_url": "--upload-pack=x"}, "an option"),
        ({"branch": "--force"}, "an option"),
        ({"repo_url": "ext::sh -c true"}, "https://host"),
    ],
)
def test_a_repository_that_cannot_be_meant_is_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        repository(tmp_path, **options)


def test_a_clone_has_a_usual_place():
    made = GitBackend(repo_url="https://git.test/owner/Team_Wiki.git", github_token=TOKEN)
    assert made.path.as_posix().endswith("/repos/team-wiki")
    assert backends.GitBackend is GitBackend


def test_a_title_is_one_line_and_comes_without_a_model_too(tmp_path):
    backend = FileSystemBackend(tmp_path)
    with model(f'- "{"x" * 80}"\nmore', "", {"status": 401, "error": {"message": "no"}}):
        long = asyncio.run(backend.summarize_diff(diff="+" * 9000, model=chat()))
        empty = asyncio.run(backend.summarize_diff(diff="+ a", model=chat()))
        failed = asyncio.run(backend.summarize_diff(diff="+ a", model=chat()))
    assert len(long) == 72
    assert long.endswith("x…")
    assert empty.startswith("Update wiki (20")
    assert failed.startswith("Update wiki (20")


def test_wikis_in_notion_are_not_there():
    from wherry.context import wiki as module

    with pytest.raises(NotMigratedError, match="NotionDatabaseBackend"):
        module.NotionDatabaseBackend  # noqa: B018 - the name is looked up
