"""Hacker News, read through its public API. Mirrors `agno.tools.hackernews`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from wherry.core.errors import AgnoError
from wherry.core.tools.toolkit import Toolkit

ADDRESS = "https://hacker-news.firebaseio.com/v0"
_AT_ONCE = 8


class HackerNewsTools(Toolkit):
    """Top stories and users of Hacker News; mirrors `agno.tools.hackernews.HackerNewsTools`.

    Args:
        enable_get_top_stories: Offer `get_top_hackernews_stories`.
        enable_get_user_details: Offer `get_user_details`.
        all: Offer both.
        timeout: Seconds for each request.
        address: Where the API is; for tests and mirrors. Wherry only.
    """

    def __init__(
        self,
        enable_get_top_stories: bool = True,
        enable_get_user_details: bool = True,
        all: bool = False,
        timeout: int = 30,
        address: str = ADDRESS,
        **kwargs: Any,
    ) -> None:
        self.address = address
        tools: list[Any] = []
        if all or enable_get_top_stories:
            tools.append(self.get_top_hackernews_stories)
        if all or enable_get_user_details:
            tools.append(self.get_user_details)
        super().__init__(name="hackers_news", tools=tools, timeout=timeout, **kwargs)

    def get_top_hackernews_stories(self, num_stories: int = 10) -> str:
        """Read the stories that are on top of Hacker News now.

        Args:
            num_stories (int): How many stories, 10 unless told otherwise.

        Returns:
            str: The stories as JSON.
        """
        try:
            ids = self._read("topstories")[: max(num_stories, 0)]
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                found = list(threads.map(lambda number: self._read(f"item/{number}"), ids))
        except (AgnoError, ValueError) as error:
            return f"The stories could not be read: {error}"
        return json.dumps([{**story, "username": story.get("by", "unknown")} for story in found if story is not None])

    def get_user_details(self, username: str) -> str:
        """Read what Hacker News shows about one of its users.

        Args:
            username (str): Name of the user.

        Returns:
            str: Id, karma, self-description and number of submissions as JSON.
        """
        try:
            user = self._read(f"user/{username}")
        except (AgnoError, ValueError) as error:
            return f"The user could not be read: {error}"
        if user is None:
            return f"Hacker News has no user {username!r}."
        details = {
            "id": user.get("id"),
            "karma": user.get("karma"),
            "about": user.get("about"),
            "total_items_submitted": len(user.get("submitted", [])),
        }
        return json.dumps(details)

    def _read(self, path: str) -> Any:
        """One document of the API.

        Raises:
            AgnoError: It could not be had.
            ValueError: It is not JSON.
        """
        from urllib.parse import quote

        from wherry.wires.transport import Call, send

        call = Call(
            url=f"{self.address.rstrip('/')}/{quote(path)}.json",
            headers={"Accept": "application/json"},
            body=None,
            refused=lambda status, body: AgnoError(
                f"{path}: HTTP {status} {body[:200].decode(errors='replace')}", status
            ),
            lost=lambda text: AgnoError(f"{path}: {text}", 503),
            timeout=self.timeout,
            method="GET",
        )
        return json.loads(send(call))
