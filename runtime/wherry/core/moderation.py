"""OpenAI's moderation of a run's input, over plain HTTP. Mirrors `agno.guardrails.openai`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from wherry.core.errors_services import ModelProviderError
from wherry.core.guardrails import BaseGuardrail, judge_moderation
from wherry.core.waits import LOOPING

if TYPE_CHECKING:
    from wherry.wires.transport import Call

DEFAULT_URL = "https://api.openai.com/v1"
SECONDS = 60.0


class OpenAIModerationGuardrail(BaseGuardrail):
    """Refuses input that OpenAI's moderation flags; mirrors `agno.guardrails.OpenAIModerationGuardrail`.

    Args:
        moderation_model: Which moderation model to ask.
        raise_for_categories: Categories that end the run, for example `["violence", "hate"]`; None for all.
        api_key: Key; by default `OPENAI_API_KEY`.
        base_url: Address of the service; by default `OPENAI_BASE_URL` or OpenAI's. Wherry only.
    """

    def __init__(
        self,
        moderation_model: str = "omni-moderation-latest",
        raise_for_categories: list[str] | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
    ) -> None:
        self.moderation_model = moderation_model
        self.raise_for_categories = raise_for_categories
        self.api_key = api_key or os.environ.get("OPENAI_API_KEY")
        self.base_url = base_url

    def check(self, run_input: Any) -> None:
        """Ask about the text and pictures of the input.

        Raises:
            InputCheckError: A category that counts is flagged.
            ModelProviderError: The service did not answer, or refused to.
        """
        from wherry.wires.transport import send

        self._judge(send(self._call(run_input)))

    async def async_check(self, run_input: Any) -> None:
        """As `check`, without blocking the loop."""
        from wherry.wires.transport import asend

        call = await LOOPING.work(self._call, run_input)  # reading a picture may block
        self._judge(await asend(call))

    def _call(self, run_input: Any) -> Call:
        import orjson

        from wherry.wires.transport import Call

        content: Any = run_input.input_content_string()
        if run_input.images is not None:
            content = [{"type": "text", "text": content}, *_pictures(run_input.images)]
        url = self.base_url or os.environ.get("OPENAI_BASE_URL") or DEFAULT_URL
        return Call(
            url=f"{url.rstrip('/')}/moderations",
            headers={"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"},
            body=orjson.dumps({"input": content, "model": self.moderation_model}),
            refused=_refused,
            lost=ModelProviderError,
            timeout=SECONDS,
        )

    def _judge(self, body: bytes) -> None:
        import orjson

        results = orjson.loads(body).get("results") or [{}]
        judge_moderation(results[0], self.raise_for_categories)


def _refused(status: int, body: bytes) -> ModelProviderError:
    return ModelProviderError(f"Moderation was refused: {body.decode(errors='replace')}", status_code=status)


def _pictures(images: Any) -> list[dict[str, Any]]:
    from wherry.wires.parts import all_readable, chat_image

    return all_readable(chat_image, images)
