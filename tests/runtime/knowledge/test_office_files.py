"""Word documents and Excel workbooks as sources of a knowledge base."""

from __future__ import annotations

import asyncio
import io
import sys

import pytest
from docx import Document as WordDocument
from openpyxl import Workbook

from wherry.core.errors import ConfigurationError
from wherry.knowledge import Knowledge
from wherry.knowledge.embedder.hashing import HashingEmbedder
from wherry.knowledge.reader import ReaderFactory
from wherry.knowledge.reader.docx_reader import DocxReader
from wherry.knowledge.reader.excel_reader import ExcelReader
from wherry.knowledge.types import ContentType
from wherry.vectordb.sqlite import SqliteVectorDb


@pytest.fixture
def folder(tmp_path):
    letter = WordDocument()
    letter.add_paragraph("The wherry Albion was built in 1898.")
    table = letter.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "sail", "black"
    letter.add_paragraph("She carries a crew of two.")
    letter.save(tmp_path / "albion.docx")
    book = Workbook()
    book.active.title = "Boats"
    for row in (("name", "length in metres"), ("Albion", 17.7), ("Maud", 18.0)):
        book.active.append(row)
    book.create_sheet("Crew").append(["Peter", "skipper"])
    book.save(tmp_path / "boats.xlsx")
    return tmp_path


@pytest.mark.parametrize("looping", [False, True])
def test_a_folder_of_office_files_is_inserted_and_found(folder, looping):
    base = Knowledge(vector_db=SqliteVectorDb(db_file=":memory:", embedder=HashingEmbedder()))
    if looping:
        asyncio.run(base.ainsert(path=str(folder)))
    else:
        base.insert(path=str(folder))
    search = asyncio.run(base.asearch("length of Maud")) if looping else base.search("length of Maud")
    assert search[0].content == "Maud, 18"
    assert search[0].meta_data["sheet_name"] == "Boats"
    crew = base.search("who is the skipper Peter", max_results=1)[0]
    assert (crew.content, crew.meta_data["sheet_index"]) == ("Peter, skipper", 2)
    assert (
        "built in 1898"
        in base.search("The wherry Albion was built: she carries a crew of two", max_results=1)[0].content
    )


def test_tables_of_a_word_document_are_read_on_request(folder):
    plain, whole = (DocxReader(tables=tables, chunk=False).read(folder / "albion.docx") for tables in (False, True))
    assert plain[0].content == "The wherry Albion was built in 1898.\n\nShe carries a crew of two."
    assert whole[0].content == "The wherry Albion was built in 1898.\n\nsail, black\n\nShe carries a crew of two."
    assert whole[0].name == "albion"


def test_readers_come_by_their_endings():
    assert isinstance(ReaderFactory.get_reader_for_extension(".docx"), DocxReader)
    assert isinstance(ReaderFactory.get_reader_for_extension(".xlsx"), ExcelReader)
    assert DocxReader.get_available_content_types() == [ContentType.DOCX]
    assert ExcelReader.get_available_content_types() == [ContentType.XLSX]


def test_an_old_workbook_says_what_to_do(tmp_path):
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(ConfigurationError, match=r"'\.xls'.*Expected \.xlsx"):
        ExcelReader().read(tmp_path / "old.xls")
    with pytest.raises(ConfigurationError, match="Expected"):
        ExcelReader().read(io.BytesIO(b"PK"))


def test_what_is_missing_or_broken(tmp_path, caplog):
    with pytest.raises(FileNotFoundError, match=r"none\.xlsx"):
        ExcelReader().read(tmp_path / "none.xlsx")
    for reader, name in ((DocxReader(), "a.docx"), (ExcelReader(), "a.xlsx")):
        (tmp_path / name).write_bytes(b"PK\x03\x04 cut off")
        assert reader.read(tmp_path / name) == []
        assert f"Error reading {tmp_path / name}" in caplog.text


@pytest.mark.parametrize(
    ("reader", "package", "name"), [(DocxReader, "docx", "albion.docx"), (ExcelReader, "openpyxl", "boats.xlsx")]
)
def test_a_missing_package_is_named_with_its_extra(folder, monkeypatch, reader, package, name):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigurationError, match=r"wherry\[office\]"):
        reader().read(folder / name)
