"""What people ask the search is answered: the page that tells it is among the first three."""

import pytest

pytestmark = pytest.mark.browser

FIRST = 3
ASKED = {
    "how do I install wherry": "quickstart/",
    "how to migrate from agno": "guide/",
    "upgrade from agno 1.x": "guide/assess/",
    "how do I use memory": "guide/sessions/",
    "RAG": "guide/knowledge/",
    "vector database": "guide/knowledge/",
    "chromadb": "features/knowledge.vector-chroma/",
    "pgvector": "features/knowledge.pgvector/",
    "claude model": "features/model.anthropic/",
    "ollama": "features/model.ollama/",
    "bedrock": "features/model.aws/",
    "yfinance tools": "features/toolkit.yfinance/",
    "custom tool": "guide/tools/",
    "custom model provider": "guide/extend/",
    "tool_call_limit": "guide/tools/",
    "add_history_to_context": "guide/sessions/",
    "system prompt": "guide/agents/",
    "streaming responses": "guide/agents/",
    "rate limit retry": "guide/agents/",
    "structured output pydantic": "faq/",
    "human in the loop": "notebooks/04_human_in_the_loop/",
    "team coordinate mode": "features/team.modes/",
    "workflow parallel steps": "guide/workflows/",
    "postgres session storage": "guide/sessions/",
    "PostgresDb": "features/storage.postgres/",
    "is it faster than agno?": "benchmarks/",
    "run agent as api fastapi": "guide/serve/",
    "agentos playground": "guide/serve/",
    "docker deploy": "guide/serve/",
    "cost token usage metrics": "guide/telemetry/",
    "telemetry opt out": "faq/",
    "license": "faq/",
    "roll back": "guide/roll-back/",
    "a2a": "features/interface.a2a/",
    "not_migrated": "errors/not_migrated/",
}
PAGES = """groups => groups.map(group => new URL(group.querySelector("a").href).pathname.slice(1))"""


@pytest.fixture
def search(visit):
    """Ask, and get the pages that are found, best first."""
    page = visit("/", searching=True)
    field = page.locator("input.md-search__input")
    field.click()

    def found(question):
        with page.expect_event("console", lambda said: said.text == "answered"):
            field.fill(question)
            field.press("End")
        return page.eval_on_selector_all(".md-search-result__item", PAGES)

    # A question of which no page holds every word is answered in two steps: wait until the list is left alone.
    page.evaluate("""() => {
        let settled = 0;
        new MutationObserver(() => {
            clearTimeout(settled);
            settled = setTimeout(() => console.log("answered"), 250);
        }).observe(
            document.querySelector(".md-search-result"), { childList: true, subtree: true, characterData: true }
        );
    }""")
    found("wherry")  # the index is ready from here on
    found.page = page
    return found


def test_each_question_is_answered_on_one_of_the_first_pages(search):
    first = {question: search(question)[:FIRST] for question in ASKED}
    missed = {question: pages for question, pages in first.items() if ASKED[question] not in pages}
    assert missed == {}, missed


def test_words_that_no_page_holds_together_still_find_something(search):
    assert search("yfinance bedrock rollback")


def test_a_page_that_holds_every_word_is_not_told_to_miss_one(search):
    assert search("how do I use memory")
    assert search.page.locator(".md-search-result__item").first.locator(".md-search-result__terms").count() == 0


def test_what_is_written_in_the_marks_of_the_search_stays_as_it_is(search):
    assert search("+bedrock -bedrock") == []
    assert "features/model.aws/" in search("title:bedrock")
