"""What a knowledge base searches with in place of the question as asked: `QueryTransformer` and `HyDE`.

Mirrors `agno.knowledge.query_transformer`. Pydantic models as in Agno, in a module that is imported when used. Called
by `searching`, which takes any object with these methods, Agno's own among them.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from wherry.core.log import log_warning
from wherry.core.messages import Message
from wherry.core.metrics import accumulate_model_metrics

DEFAULT_PROMPT = (
    "Here is a question. Make up the paragraph of a handbook in which somebody would find its answer. It need not be "
    "true, but it has to sound like such a handbook: state things plainly, leave out doubts and questions, and write "
    "nothing else.\n\nQuestion: {query}"
)


class QueryTransformer(BaseModel):
    """Base of what rewrites queries; one of one's own implements `transform`.

    Mirrors `agno.knowledge.query_transformer.base.QueryTransformer`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, populate_by_name=True)

    def transform(self, query: str, run_response: Any = None) -> str:
        """What is searched with.

        Args:
            query: What was asked.
            run_response: The run whose metrics count what this costs.
        """
        raise NotImplementedError(f"{type(self).__name__} does not implement transform()")

    async def atransform(self, query: str, run_response: Any = None) -> str:
        """`transform` in a thread."""
        return await asyncio.to_thread(self.transform, query, run_response)


class HyDE(QueryTransformer):
    """Searches with a made-up answer, which is nearer to true answers than the question is.

    One request to a model a search; when it fails the question itself is searched with. Mirrors
    `agno.knowledge.query_transformer.hyde.HyDE`.

    Attributes:
        model: Who makes the answer up, or its `provider:id`; by default what agents have.
        prompt: What it is told, with `{query}` where the question belongs.
        include_query: Search with the question and the answer together.
        max_characters: The answer is cut after so many, where a sentence or a word ends.
    """

    model: Any = None
    prompt: str = DEFAULT_PROMPT
    include_query: bool = False
    max_characters: int = Field(default=2000, gt=0)

    @field_validator("prompt")
    @classmethod
    def _asks_the_question(cls, value: str) -> str:
        if "{query}" not in value:
            raise ValueError(f"the prompt {value!r:.200} has no {{query}}, so the model would not know the question")
        return value

    @model_validator(mode="after")
    def _settle_model(self) -> Self:
        if self.model is None:
            from wherry.models.openai import OpenAIResponses

            self.model = OpenAIResponses(id="gpt-5.4")
        else:
            from wherry.models.names import get_model

            self.model = get_model(self.model)
        return self

    def transform(self, query: str, run_response: Any = None) -> str:
        """The made-up answer, cut to size; the query when the model fails or says nothing."""
        try:
            reply = self.model.response(messages=self._asked(query), run_response=run_response)
        except Exception as error:  # noqa: BLE001 - whatever the model raises, there is the query to search with
            return _as_asked(query, error)
        return self._taken(query, reply, run_response)

    async def atransform(self, query: str, run_response: Any = None) -> str:
        """`transform` on the event loop."""
        try:
            reply = await self.model.aresponse(messages=self._asked(query), run_response=run_response)
        except Exception as error:  # noqa: BLE001 - whatever the model raises, there is the query to search with
            return _as_asked(query, error)
        return self._taken(query, reply, run_response)

    def _asked(self, query: str) -> list[Message]:
        return [Message(role="user", content=self.prompt.replace("{query}", query))]

    def _taken(self, query: str, reply: Any, run_response: Any) -> str:
        if run_response is not None:
            accumulate_model_metrics(reply, self.model, self.model.model_type, run_response.metrics)
        answer = cut(str(reply.content or "").strip(), self.max_characters)
        if not answer:
            return query
        return f"{query}\n\n{answer}" if self.include_query else answer


def cut(text: str, most: int) -> str:
    """A text of so many characters at most, which ends with a sentence, or else with a word."""
    if len(text) <= most:
        return text
    kept = text[:most]
    sentence = max(kept.rfind(f"{mark} ") for mark in ".!?")
    if sentence > 0:
        return kept[: sentence + 1]
    word = kept.rfind(" ")
    return kept[:word] if word > 0 else kept


def _as_asked(query: str, error: Exception) -> str:
    log_warning(f"HyDE got no answer made up, so the question itself is searched with: {error}")
    return query
