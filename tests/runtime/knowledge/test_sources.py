"""Files, folders, addresses and web pages as sources of a knowledge base."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from agno.knowledge.chunking.fixed import FixedSizeChunking as TheirFixedSize
from agno.knowledge.reader.json_reader import JSONReader as TheirJSONReader
from agno.knowledge.reader.text_reader import TextReader as TheirTextReader
from pypdf import PdfReader, PdfWriter

from wherry.core.errors import NotMigratedError
from wherry.corpus.pages import page_name
from wherry.db.sqlite import AsyncSqliteDb, SqliteDb
from wherry.knowledge import Knowledge
from wherry.knowledge.chunking.document import DocumentChunking
from wherry.knowledge.chunking.fixed import FixedSizeChunking
from wherry.knowledge.chunking.markdown import MarkdownChunking
from wherry.knowledge.chunking.recursive import RecursiveChunking
from wherry.knowledge.chunking.row import RowChunking
from wherry.knowledge.chunking.strategy import ChunkingStrategy, ChunkingStrategyFactory, ChunkingStrategyType
from wherry.knowledge.content import Content, ContentAuth, ContentStatus, FileData
from wherry.knowledge.document import Document
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.knowledge.reader import ReaderFactory
from wherry.knowledge.reader.base import Reader
from wherry.knowledge.reader.csv_reader import CSVReader
from wherry.knowledge.reader.json_reader import JSONReader
from wherry.knowledge.reader.markdown_reader import MarkdownReader
from wherry.knowledge.reader.pdf_reader import PDFReader
from wherry.knowledge.reader.text_reader import TextReader
from wherry.knowledge.reader.website_reader import WebsiteReader
from wherry.knowledge.types import ContentType, KnowledgeFilter, get_content_type_enum
from wherry.vectordb.sqlite import SqliteVectorDb


@pytest.fixture(params=["blocking", "looping"])
def looping(request):
    return request.param == "looping"


@pytest.fixture
def call(looping):
    """Calls a method, or its twin on an event loop."""

    def made(target, method, *args, **given):
        if not looping:
            return getattr(target, method)(*args, **given)
        twin = getattr(target, f"a{method}", None) or getattr(target, f"async_{method}")
        return asyncio.run(twin(*args, **given))

    return made


@pytest.fixture
def base(looping, tmp_path):
    database = (AsyncSqliteDb if looping else SqliteDb)(db_file=str(tmp_path / "contents.db"))
    vectors = SqliteVectorDb(db_file=":memory:", embedder=HashingEmbedder())
    return Knowledge(name="harbour", vector_db=vectors, contents_db=database)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "docs"
    (place / "deep").mkdir(parents=True)
    (place / "boats.md").write_text("# Wherries\n\nA wherry sails on the Broads.\n")
    (place / "crew.csv").write_text("name,age\nada,3\nbob,4\n")
    (place / "deep" / "rivers.json").write_text(json.dumps([{"river": "Ant"}, {"river": "Bure"}]))
    (place / "notes.txt").write_text("Cats sleep all day.")
    return place


def statuses(call, base):
    return {content.name: content.status for content in call(base, "get_content")[0]}


def texts(call, base, query="x"):
    return {document.content for document in call(base, "search", query, max_results=100)}


def test_each_kind_of_file_is_read_by_its_reader(base, call, folder):
    call(base, "insert", path=str(folder / "crew.csv"), metadata={"k": 1})
    call(base, "insert", path=folder / "deep" / "rivers.json", name="rivers")
    assert texts(call, base) == {"name, age", "ada, 3", "bob, 4", '{"river": "Ant"}', '{"river": "Bure"}'}
    assert set(statuses(call, base)) == {"crew.csv", "rivers"}


def test_a_folder_has_a_row_for_each_file_and_unchanged_files_are_left_alone(base, call, folder):
    call(base, "insert", path=str(folder), exclude=["*.json"])
    parent = next(content for content in call(base, "get_content")[0] if content.file_type == "folder")
    assert (parent.name, parent.status_message) == ("docs", "3 of 3 files loaded")
    assert parent.metadata["_agno"]["page_count"] == 3
    before = base.vector_db.get_count()
    base.vector_db.delete_by_name("notes.txt")
    call(base, "insert", path=str(folder), exclude=["*.json"])
    assert base.vector_db.get_count() == before - 1  # not read again: its digest is the same
    (folder / "notes.txt").write_text("Dogs bark at night.")
    (folder / "crew.csv").unlink()
    call(base, "insert", path=str(folder), exclude=["*.json"])
    assert texts(call, base) == {"Dogs bark at night.", "# Wherries\n\nA wherry sails on the Broads.\n"}
    assert "crew.csv" not in statuses(call, base)


def test_a_folder_is_read_by_patterns(base, call, folder):
    call(base, "insert", path=str(folder), include=["*.md", "*/deep/*"])
    assert set(statuses(call, base)) == {"docs", "boats.md", "rivers.json"}
    call(base, "insert", path=str(folder / "notes.txt"), include=["*.md"])
    assert "notes.txt" not in statuses(call, base)


def test_a_file_that_cannot_be_read_does_not_end_the_folder(base, call, folder):
    (folder / "broken.json").write_text("{")
    (folder / "odd.txt").write_bytes(b"\xff\xfe\xff")
    call(base, "insert", path=str(folder))
    found = statuses(call, base)
    assert found["broken.json"] is found["odd.txt"] is ContentStatus.FAILED
    assert found["docs"] is found["boats.md"] is ContentStatus.COMPLETED
    parent = next(content for content in call(base, "get_content")[0] if content.name == "docs")
    assert "4 of 6 files loaded; failed: " in parent.status_message
    (folder / "broken.json").write_text("{}")
    call(base, "insert", path=str(folder))
    assert statuses(call, base)["broken.json"] is ContentStatus.COMPLETED


BAD_FILES = {
    "empty.txt": b"",
    "latin.txt": "café".encode("latin-1"),
    "wide.txt": "hello".encode("utf-16"),
    "binary.bin": bytes(range(256)),
    "corrupt.pdf": b"%PDF-1.4 cut off",
    "empty.pdf": b"",
    "empty.csv": b"",
    "empty.md": b"",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_has_failed_and_is_read_again_when_it_is_mended(base, call, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    call(base, "insert", path=str(path))
    (content,) = call(base, "get_content")[0]
    assert content.status is ContentStatus.FAILED
    assert content.status_message.startswith("Content could not be read: it is empty, broken or not UTF-8")
    assert base.vector_db.get_count() == 0
    mended = path.with_suffix(".txt") if name.endswith((".pdf", ".bin")) else path
    mended.write_text("a,b\nthe tide rises")
    call(base, "insert", path=str(mended), skip_if_exists=True)
    assert any("the tide rises" in text for text in texts(call, base))


def test_a_folder_that_is_empty_now_keeps_what_it_had(base, call, folder):
    call(base, "insert", path=str(folder))
    call(base, "insert", path=str(folder), include=["*.nothing"])
    assert statuses(call, base)["docs"] is ContentStatus.FAILED
    assert len(texts(call, base)) == 7


def test_removing_a_folder_removes_its_files_and_removing_a_file_is_noted_there(base, call, folder):
    call(base, "insert", path=str(folder))
    ids = {content.name: content.id for content in call(base, "get_content")[0]}
    assert call(base, "remove_content_by_id", ids["notes.txt"]) is True
    parent = call(base, "get_content_by_id", ids["docs"])
    assert ids["notes.txt"] not in parent.metadata["_agno"]["children"]
    assert call(base, "remove_content_by_id", ids["docs"]) is True
    assert call(base, "get_content") == ([], 0)
    assert base.vector_db.get_count() == 0


class Stubborn(SqliteVectorDb):
    def delete_by_content_id(self, content_id, user_id=None):
        return False


def test_documents_that_cannot_be_removed_keep_their_rows(base, call, folder, tmp_path):
    base.vector_db = Stubborn(db_file=":memory:", embedder=HashingEmbedder())
    call(base, "insert", path=str(folder), include=["*.md"])
    ids = {content.name: content.id for content in call(base, "get_content")[0]}
    assert call(base, "remove_content_by_id", ids["docs"]) is False
    assert set(statuses(call, base)) == {"docs", "boats.md"}
    assert call(base, "remove_all_content") is False


def test_a_path_that_is_nothing_inserts_nothing(base, call, caplog):
    call(base, "insert", path="nowhere.txt")
    assert "no file or folder 'nowhere.txt'" in caplog.text


def test_a_kind_of_file_that_agno_reads_is_refused_with_a_way_out(base, call, tmp_path):
    (tmp_path / "talk.pptx").write_bytes(b"PK")
    with pytest.raises(NotMigratedError, match=r"pptx_reader") as raised:
        call(base, "insert", path=str(tmp_path / "talk.pptx"))
    assert raised.value.fallback
    assert statuses(call, base) == {"talk.pptx": ContentStatus.FAILED}


class Shouting(Reader):
    """A reader with no more than the two methods, as somebody else's may be."""

    def read(self, obj, name=None):
        return [Document(content=obj.read_text().upper(), name=name)]

    async def async_read(self, obj, name=None):
        return self.read(obj, name)


def test_a_reader_is_chosen_for_one_source(base, call, folder):
    call(base, "insert", path=str(folder / "notes.txt"), reader=Shouting(), auth=ContentAuth(password="x"))
    assert texts(call, base) == {"CATS SLEEP ALL DAY."}


def test_readers_of_agnos_are_taken_for_one_source_by_their_shape(base, call, folder):
    call(base, "insert", path=str(folder / "deep"), reader=TheirJSONReader())
    cutting = TheirTextReader(chunking_strategy=TheirFixedSize(chunk_size=5))
    call(base, "insert", text_content="one two six", reader=cutting)
    found = {text.strip() for text in texts(call, base)}
    assert found == {'{"river": "Ant"}', '{"river": "Bure"}', "one", "two", "six"}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (FileData(content=b'{"a": 1}', type="application/json", filename="a.json"), '{"a": 1}'),
        (FileData(content="plain", type="text/plain"), "plain"),
        (FileData(content=io.BytesIO(b"stream"), type=".txt", filename="s.txt"), "stream"),
        (FileData(content=b"bytes", type="Text"), "bytes"),
    ],
)
def test_bytes_of_a_file_are_read_by_their_name_or_type(base, looping, data, found):
    from wherry.core.waits import BLOCKING, LOOPING, finish
    from wherry.corpus.loading import load
    from wherry.corpus.rows import Insertion

    content = Content(id="c", content_hash="h", file_data=data)
    job = load(Insertion(base, LOOPING if looping else BLOCKING), content)
    asyncio.run(job) if looping else finish(job)
    assert content.status is ContentStatus.COMPLETED
    assert base.vector_db.search(found)[0].content == found


# --- addresses ------------------------------------------------------------------------------------------------------

SITE = {
    "/": '<nav>menu</nav><main>Home of wherries. <a href="/ant">Ant</a> <a href="/bure#top">Bure</a>'
    '<a href="/gone">gone</a><a href="/a.pdf">pdf</a><a href="https://elsewhere.example/">away</a></main>',
    "/ant": '<div class="content">The river Ant. <script>x()</script><a href="/deeper">deeper</a></div>',
    "/bure": '<p id="main">The river Bure.</p>',
    "/deeper": "<body><header>head</header>Deep water.</body>",
    "/alone": "<article>All alone.</article>",
    "/empty": "<nav>only a menu</nav>",
    "/notes.txt": "A file of notes.",
    "/crew.csv": "name\nada\n",
}


@pytest.fixture
def site():
    pages = dict(SITE)
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path == "/moved":
                self.send_response(301)
                self.send_header("Location", "/alone")
                self.end_headers()
                return
            body = pages.get(self.path, "").encode()
            self.send_response(200 if self.path in pages else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.pages, server.asked, server.at = pages, asked, f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_is_fetched_and_read_by_its_ending(base, call, site):
    call(base, "insert", url=f"{site.at}/notes.txt", metadata={"k": 1})
    call(base, "insert", url=f"{site.at}/crew.csv")
    assert texts(call, base) == {"A file of notes.", "name", "ada"}
    content = next(content for content in call(base, "get_content")[0] if content.name == "notes.txt")
    assert content.metadata["_agno"]["source_url"] == f"{site.at}/notes.txt"
    found = call(base, "search", "notes", filters={"k": 1})[0]
    assert "_agno" not in found.meta_data
    call(base, "insert", url=f"{site.at}/notes.txt", metadata={"k": 1}, skip_if_exists=True)
    assert site.asked.count("/notes.txt") == 1


def test_a_site_has_a_row_for_each_page_and_pages_that_are_gone_are_removed(base, call, site):
    call(base, "insert", url=f"{site.at}/")
    found = statuses(call, base)
    host = site.at.removeprefix("http://")
    pages = {f"127.0.0.1{path}" for path in ("", "/ant", "/bure", "/deeper")}
    assert set(found) == {host} | pages  # the site itself by its address with the port, as in Agno
    assert "The river Bure." in texts(call, base)
    assert "head" not in " ".join(texts(call, base))
    assert not any(path.startswith("/a.pdf") for path in site.asked)
    before = base.vector_db.get_count()
    site.pages["/ant"] = "<main>The river Ant is long.</main>"
    del site.pages["/bure"]
    call(base, "insert", url=f"{site.at}/")
    assert "The river Ant is long." in texts(call, base)
    assert "The river Bure." not in texts(call, base)
    assert base.vector_db.get_count() == before - 2
    parent = next(c for c in call(base, "get_content")[0] if "children" in (c.metadata or {}).get("_agno", {}))
    assert parent.status_message == "2 of 2 pages loaded"


def test_a_single_page_is_one_content(base, call, site):
    for path in ("alone", "moved"):
        call(base, "insert", url=f"{site.at}/{path}")
    assert texts(call, base) == {"All alone."}
    assert statuses(call, base) == {"alone": ContentStatus.COMPLETED, "moved": ContentStatus.COMPLETED}


def test_a_page_that_becomes_a_site_loses_the_documents_it_had_as_one(base, call, site):
    call(base, "insert", url=f"{site.at}/alone")
    site.pages["/alone"] = '<main>Now with <a href="/ant">Ant</a></main>'
    call(base, "insert", url=f"{site.at}/alone")
    assert "All alone." not in texts(call, base)
    assert "Now with Ant" in texts(call, base)


def test_pages_of_a_store_without_contents_are_skipped_when_they_are_there(call, site):
    base = Knowledge(vector_db=SqliteVectorDb(db_file=":memory:", embedder=HashingEmbedder()))
    for _ in range(2):
        call(base, "insert", url=f"{site.at}/", skip_if_exists=True)
    assert base.vector_db.get_count() == 4


class Forgetful(HashingEmbedder):
    def get_embedding(self, text):
        if "Bure" in text:
            raise OSError("no more memory")
        return super().get_embedding(text)


def test_a_page_that_cannot_be_stored_does_not_end_the_site(base, call, site):
    base.vector_db.embedder = Forgetful()
    call(base, "insert", url=f"{site.at}/bure", name="alone")
    assert statuses(call, base)["alone"] is ContentStatus.FAILED
    site.pages["/"] = '<main>Home <a href="/bure">river</a></main>'
    call(base, "insert", url=f"{site.at}/")
    parent = next(c for c in call(base, "get_content")[0] if "children" in (c.metadata or {}).get("_agno", {}))
    assert parent.status_message == f"1 of 2 pages loaded; failed: {site.at}/bure"


@pytest.mark.parametrize("path", ["/nothing", "/empty"])
def test_an_address_without_a_text_fails_and_says_why(base, call, site, path):
    call(base, "insert", url=f"{site.at}{path}")
    (content,) = call(base, "get_content")[0]
    assert content.status is ContentStatus.FAILED
    assert f"{site.at}{path}" in content.status_message


def test_a_reader_that_finds_nothing_fails(base, call, site):
    class Empty(WebsiteReader):
        def read(self, url, name=None, password=None):
            return []

        async def async_read(self, url, name=None, password=None):
            return []

    call(base, "insert", url=f"{site.at}/notes.txt", reader=Empty())
    assert site.asked == []  # it reads addresses itself
    (content,) = call(base, "get_content")[0]
    assert content.status_message == "Reader returned no documents"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "nonsense", "http://"])
def test_what_is_no_address_of_the_web_is_refused(base, call, url):
    with pytest.raises(ValueError, match="Invalid URL"):
        call(base, "insert", url=url)


def test_a_file_that_cannot_be_fetched_is_an_error(base, call, site):
    with pytest.raises(ConnectionError, match="404"):
        call(base, "insert", url=f"{site.at}/gone.txt")
    with pytest.raises(ConnectionError, match="could not be fetched"):
        call(base, "insert", url="http://127.0.0.1:9/gone.txt")


def test_a_crawl_keeps_to_its_limits(call, site):
    def paths(**given):
        return [address.removeprefix(site.at) for address in call(WebsiteReader(**given), "crawl", f"{site.at}/")]

    assert paths() == ["/", "/ant", "/bure", "/deeper"]
    assert paths(max_depth=1) == ["/"]
    assert paths(max_links=2) == ["/", "/ant"]
    assert paths(allowed_hosts=["127.0.0.1"]) == paths()
    with pytest.raises(ConnectionError, match="No text"):
        paths(allowed_hosts=["example.com"])


# --- readers by themselves ------------------------------------------------------------------------------------------


def pdf(*pages, password=None):
    """A PDF with a line of text a page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({page}) Tj ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        font = "<< /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /Contents {len(objects)} 0 R /Resources {font} >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} /MediaBox [0 0 612 792] >>"
    body, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n".encode()
    start = len(body)
    rows = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    body += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{rows}".encode()
    body += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    if password is None:
        return body
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(body)))
    writer.encrypt(password, algorithm="RC4-128")
    closed = io.BytesIO()
    writer.write(closed)
    return closed.getvalue()


def test_a_pdf_is_read_page_by_page(base, call, tmp_path):
    (tmp_path / "two pages.pdf").write_bytes(pdf("Wherries sail.", "Cats sleep."))
    found = call(PDFReader(), "read", tmp_path / "two pages.pdf")
    assert [(d.content, d.name, d.meta_data["page"]) for d in found] == [
        ("Wherries sail.", "two_pages", 1),
        ("Cats sleep.", "two_pages", 2),
    ]
    whole = call(PDFReader(split_on_pages=False, sanitize_content=False), "read", str(tmp_path / "two pages.pdf"))
    assert [document.content for document in whole] == ["Wherries sail.\nCats sleep."]
    call(base, "insert", path=str(tmp_path / "two pages.pdf"))
    assert "Cats sleep." in texts(call, base)


def test_a_protected_pdf_needs_its_password(base, call, tmp_path, caplog):
    secret = io.BytesIO(pdf("Wherries sail.", password="open"))
    secret.name = "secret file.pdf"
    for password in (None, "wrong"):
        assert call(PDFReader(), "read", secret, password=password) == []
    assert "needs a password" in caplog.text
    assert "does not open it" in caplog.text
    assert call(PDFReader(password="open"), "read", secret)[0].name == "secret_file"
    (tmp_path / "secret.pdf").write_bytes(secret.getvalue())
    call(base, "insert", path=str(tmp_path / "secret.pdf"))
    assert statuses(call, base) == {"secret.pdf": ContentStatus.FAILED}
    call(base, "insert", path=str(tmp_path / "secret.pdf"), auth=ContentAuth(password="open"))
    assert statuses(call, base) == {"secret.pdf": ContentStatus.COMPLETED}


def test_what_is_no_pdf_gives_no_document(call, caplog):
    assert call(PDFReader(), "read", io.BytesIO(b"nonsense")) == []
    assert call(PDFReader(), "read") == []
    assert "No pdf provided" in caplog.text


def test_markdown_is_cut_at_its_headings(call, tmp_path):
    (tmp_path / "guide.md").write_text("# One\n\nfirst text\n\n# Two\n\nsecond text\n")
    found = call(MarkdownReader(chunk_size=20), "read", tmp_path / "guide.md")
    assert [(d.content, d.name) for d in found] == [("# One\n\nfirst text", "guide"), ("# Two\n\nsecond text", "guide")]


def test_a_stream_gives_its_name_and_an_encoding_is_honoured(call):
    stream = io.BytesIO("Größe".encode("latin-1"))
    stream.name = "size.txt"
    assert call(TextReader(), "read", stream) == []
    found = call(TextReader(encoding="latin-1", chunk=False), "read", stream)
    assert [(d.content, d.name) for d in found] == [("Größe", "size")]
    assert call(TextReader(), "read", io.StringIO("text"))[0].name == "text_file"
    assert call(TextReader(), "read", "a path as text") == []


def test_tables_are_read_with_their_marks(call, tmp_path, caplog):
    (tmp_path / "t.tsv").write_text("a\tb\n'x\ty'\tz\n")
    found = call(CSVReader(), "read", str(tmp_path / "t.tsv"), delimiter="\t", quotechar="'")
    assert [document.content for document in found] == ["a, b", "x y, z"]
    with pytest.raises(FileNotFoundError):
        call(CSVReader(), "read", tmp_path / "gone.csv")
    assert call(CSVReader(), "read", io.BytesIO(b"\xff")) == []
    assert call(CSVReader(), "read", 7) == []
    assert "another encoding" in caplog.text


def test_a_large_table_is_read_in_pages_on_the_event_loop():
    table = io.BytesIO("\n".join(f"r{n}" for n in range(25)).encode())
    found = asyncio.run(CSVReader().async_read(table, page_size=10))
    assert [d.meta_data["row_number"] for d in found] == list(range(1, 26))
    assert found[-1].meta_data["page"] == 3
    with pytest.raises(ValueError, match="page_size"):
        asyncio.run(CSVReader().async_read(table, page_size=-1))


def test_json_that_is_none_is_an_error(call, tmp_path):
    with pytest.raises(ValueError, match="Expecting"):
        call(JSONReader(), "read", io.BytesIO(b"{"))
    with pytest.raises(FileNotFoundError):
        call(JSONReader(), "read", tmp_path / "gone.json")
    with pytest.raises(ValueError, match="Unsupported file type"):
        call(JSONReader(), "read", "text")


class Letters(ChunkingStrategy):
    def chunk(self, document):
        return self._numbered(document, document.content)


class SlowLetters(Letters):
    async def achunk(self, document):
        await asyncio.sleep(0)
        return self._numbered(document, document.content.upper())


def test_a_strategy_of_ones_own_is_used_and_waited_for(call, looping):
    text = io.BytesIO(b"abc")
    assert [d.content for d in call(TextReader(chunking_strategy=Letters()), "read", text)] == ["a", "b", "c"]
    found = [d.content for d in call(TextReader(chunking_strategy=SlowLetters()), "read", text)]
    assert found == (["A", "B", "C"] if looping else ["a", "b", "c"])


def test_a_strategy_is_chosen_by_name():
    reader = TextReader()
    reader.set_chunking_strategy_from_string("RecursiveChunker", chunk_size=10, overlap=1)
    assert isinstance(reader.chunking_strategy, RecursiveChunking)
    kinds = ChunkingStrategyType
    for kind, made in (
        (kinds.FIXED_SIZE_CHUNKER, FixedSizeChunking),
        (kinds.DOCUMENT_CHUNKER, DocumentChunking),
        (kinds.ROW_CHUNKER, RowChunking),
        (kinds.MARKDOWN_CHUNKER, MarkdownChunking),
    ):
        assert isinstance(ChunkingStrategyFactory.create_strategy(kind, chunk_size=10, overlap=1), made)
    with pytest.raises(ValueError, match="Unsupported chunking strategy"):
        reader.set_chunking_strategy_from_string("PoetryChunker")
    with pytest.raises(NotMigratedError):
        ChunkingStrategyFactory.create_strategy(kinds.SEMANTIC_CHUNKER)


@pytest.mark.parametrize("strategy", [FixedSizeChunking, RecursiveChunking, DocumentChunking])
def test_an_overlap_as_long_as_a_chunk_is_refused(strategy):
    with pytest.raises(ValueError, match="must be less than chunk size"):
        strategy(chunk_size=10, overlap=10)


def test_a_large_overlap_is_warned_about():
    with pytest.warns(RuntimeWarning, match="High overlap"):
        RecursiveChunking(chunk_size=100, overlap=50)


def test_rows_need_a_text():
    assert RowChunking().chunk(Document("")) == []
    with pytest.raises(ValueError, match="must be a string"):
        RowChunking().chunk(Document(content=7))


# --- Markdown -------------------------------------------------------------------------------------------------------

GUIDE = "intro\n\n# A\n\naaa\n\n## B\n\nbbb\n\n```\n# no heading\n```\n\n### C\n\nccc"


def cut(**given):
    return [chunk.content for chunk in MarkdownChunking(**given).chunk(Document(GUIDE, id="g"))]


def test_every_heading_begins_a_chunk_on_request():
    assert cut(split_on_headings=True) == [
        "intro",
        "# A\n\naaa",
        "## B\n\nbbb\n\n```\n# no heading\n```",
        "### C\n\nccc",
    ]
    assert cut(split_on_headings=1) == ["intro", GUIDE.removeprefix("intro\n\n")]
    assert cut() == [GUIDE]


def test_sections_are_joined_up_to_the_chunk_size():
    assert cut(chunk_size=50) == ["intro\n\n# A\n\naaa\n\n## B\n\nbbb\n\n```\n# no heading\n```", "### C\n\nccc"]
    assert all(len(chunk) <= 25 for chunk in cut(chunk_size=25))


def test_a_long_section_repeats_its_heading_in_each_piece():
    text = "# Title\n\n" + "word " * 40 + "\n\n" + "tail"
    found = [d.content for d in MarkdownChunking(chunk_size=60, split_on_headings=True).chunk(Document(text))]
    assert all(piece.startswith("# Title\n\n") for piece in found)
    assert all(len(piece) <= 60 for piece in found)
    assert " ".join(piece.removeprefix("# Title\n\n") for piece in found).split() == ["word"] * 40 + ["tail"]
    plain = MarkdownChunking(chunk_size=10).chunk(Document("no heading but words"))
    assert [d.content for d in plain] == ["no heading", "but words"]


def test_chunks_overlap_and_are_numbered():
    found = MarkdownChunking(split_on_headings=True, overlap=3).chunk(Document("# A\n\naaa\n\n# B\n\nbbb", id="g"))
    assert [(d.content, d.id, d.meta_data["chunk"]) for d in found] == [
        ("# A\n\naaa", "g_1", 1),
        ("aaa# B\n\nbbb", "g_2", 2),
    ]
    assert MarkdownChunking().chunk(Document(""))[0].content == ""


def test_a_level_that_no_heading_has_is_refused():
    with pytest.raises(ValueError, match="between 1 and 6"):
        MarkdownChunking(split_on_headings=7)


# --- what readers say of themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extension", "cls"),
    [(".pdf", PDFReader), ("text/csv", CSVReader), (".MD", MarkdownReader), (".json", JSONReader), (".py", TextReader)],
)
def test_a_reader_is_found_by_ending_or_type(extension, cls):
    assert type(ReaderFactory.get_reader_for_extension(extension)) is cls


def test_readers_are_made_once_until_they_are_forgotten():
    first = ReaderFactory.create_reader("text")
    assert ReaderFactory.create_reader("text") is first
    ReaderFactory.clear_cache()
    assert ReaderFactory.create_reader("text") is not first
    assert isinstance(ReaderFactory.get_reader_for_url("https://example.com"), WebsiteReader)
    with pytest.raises(NotMigratedError):
        ReaderFactory.get_reader_for_url("https://youtu.be/x")
    with pytest.raises(ValueError, match="Unknown reader"):
        ReaderFactory.get_reader_class("poetry")
    assert ReaderFactory.get_all_reader_keys()[0] == "website"
    assert ReaderFactory.READER_METADATA["csv"]["name"] == "CSVReader"


def test_readers_name_what_they_read_and_need():
    assert PDFReader.get_supported_content_types() == [ContentType.PDF]
    assert PDFReader.get_available_content_types() == [ContentType.PDF]
    assert PDFReader.get_missing_read_time_packages(ContentType.PDF) == []
    assert WebsiteReader.get_missing_read_time_packages() == []
    assert ChunkingStrategyType.ROW_CHUNKER in CSVReader.get_supported_chunking_strategies()
    assert get_content_type_enum(".csv") is ContentType.CSV
    assert KnowledgeFilter(key="k", value=1).value == 1

    class Own(Reader):
        @classmethod
        def get_read_time_requirements(cls):
            return {ContentType.TXT: ["no_such_package", "json", "no_such_package"]}

    assert Own.get_missing_read_time_packages() == ["no_such_package"]
    assert Own.get_missing_read_time_packages("other") == []
    for method in ("get_supported_chunking_strategies", "get_supported_content_types"):
        with pytest.raises(NotImplementedError, match="does not say"):
            getattr(Own, method)()
    with pytest.raises(NotImplementedError):
        Own().read(Path("x"))
    with pytest.raises(NotImplementedError):
        asyncio.run(Own().async_read(Path("x")))


def test_contents_are_made_from_their_fields():
    assert Content.from_dict({"name": "n", "strange": 1}) == Content(name="n")


def test_a_reader_of_ones_own_is_made_by_its_key(monkeypatch):
    for kept in ("_made", "_registered"):
        monkeypatch.setattr(ReaderFactory, kept, {})
    ReaderFactory.register_reader("log", lambda factory, **given: (factory, given), "Log Reader", "Reads logs")
    assert ReaderFactory.create_reader("log", chunk=False) == (ReaderFactory, {"chunk": False})
    assert "log" in ReaderFactory.get_all_reader_keys()
    assert ReaderFactory.get_missing_read_time_packages("none-such") == []
    assert ReaderFactory.get_missing_read_time_packages("text") == []


def test_a_page_is_called_by_host_and_path_however_its_address_is_written():
    called = {
        "http://A.example:8443/x/y/": "a.example/x/y",
        "http://jo:secret@a.example/x?q=1#part": "a.example/x?q=1",
        "http://a.example/x/index.html": "a.example/x",
        "http://a.example/index.htm": "a.example",
        "http://a.example/old%20quay": "a.example/old quay",
        "http://[::1]:8/x": "::1/x",
        "http://a.b/" + "x" * 300: f"a.b/{'x' * 242}-5f1db30c",
    }
    assert {address: page_name(address) for address in called} == called
