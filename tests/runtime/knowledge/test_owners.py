"""Who a search or a write is for, when the method that does it may not know users; and Agno's public paths."""

from __future__ import annotations

import importlib
import pkgutil
from unittest.mock import MagicMock

import pytest

from wherry.core.errors import NotMigratedError
from wherry.knowledge.utils import get_agno_metadata, merge_user_metadata, set_agno_metadata, strip_agno_metadata
from wherry.utils.knowledge import get_agentic_or_user_search_filters, get_user_id_kwarg, strict_user_id_kwarg


def knows(query, user_id=None):
    """Declares the owner."""


def takes_all(query, **given):
    """Declares nothing and takes everything."""


def plain(query):
    """Knows no owners."""


def test_a_store_has_to_declare_the_owner():
    assert strict_user_id_kwarg(knows, "ada") == {"user_id": "ada"}
    assert strict_user_id_kwarg(plain, None) == strict_user_id_kwarg(takes_all, None) == {}
    for method in (plain, takes_all):
        with pytest.raises(ValueError, match="does not declare a user_id"):
            strict_user_id_kwarg(method, "ada")


def test_what_cannot_be_looked_into_is_taken_to_know_owners():
    assert strict_user_id_kwarg(MagicMock().search, "ada") == {"user_id": "ada"}
    assert strict_user_id_kwarg(dict.update, "ada") == {"user_id": "ada"}


def test_a_knowledge_base_may_take_the_owner_among_others(caplog):
    assert get_user_id_kwarg(knows, "ada") == get_user_id_kwarg(takes_all, "ada") == {"user_id": "ada"}
    assert get_user_id_kwarg(plain, "ada") == {}
    assert "does not accept user_id" in caplog.text
    assert get_user_id_kwarg(plain, None, required=True) == {}
    with pytest.raises(ValueError, match="everybody could read"):
        get_user_id_kwarg(plain, "ada", required=True)


def test_filters_of_a_run_win_over_those_of_the_model():
    assert get_agentic_or_user_search_filters(None, {"a": 1}) == {}
    assert get_agentic_or_user_search_filters({"b": 1}, None) == {"b": 1}
    assert get_agentic_or_user_search_filters({"b": 1}, {"a": 1}) == {"a": 1}
    with pytest.raises(ValueError, match="Merging dict and list"):
        get_agentic_or_user_search_filters({"b": 1}, [object()])


def test_the_reserved_part_of_metadata_is_kept_apart():
    told = set_agno_metadata(None, "a", 1)
    assert merge_user_metadata(told, {"k": 1, "_agno": {"b": 2}}) == {"k": 1, "_agno": {"a": 1, "b": 2}}
    assert merge_user_metadata(told, {"_agno": "odd"}) == {"_agno": {"a": 1}}
    assert merge_user_metadata(None, {"k": 1}) == merge_user_metadata({"k": 1}, None) == {"k": 1}
    assert strip_agno_metadata({"k": 1, **told}) == {"k": 1}
    assert strip_agno_metadata(None) is None
    assert get_agno_metadata({"_agno": "odd"}, "a") is None


def test_every_public_module_holds_what_it_promises_and_answers_for_what_it_lacks():
    import wherry.knowledge
    import wherry.vectordb

    for package in (wherry.knowledge, wherry.vectordb):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name in getattr(module, "__all__", ()):
                assert getattr(module, name).__doc__ or name.isupper()
    with pytest.raises(NotMigratedError, match="PDFImageReader"):
        _ = importlib.import_module("wherry.knowledge.reader.pdf_reader").PDFImageReader
    with pytest.raises(NotMigratedError):
        importlib.import_module("wherry.vectordb.chroma")
    with pytest.raises(AttributeError):
        _ = wherry.knowledge.NoSuchThing
