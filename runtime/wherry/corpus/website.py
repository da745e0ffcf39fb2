"""Reading web pages and those they link to, with Beautiful Soup (extra `knowledge`).

Mirrors `agno.knowledge.reader.website_reader.WebsiteReader`; there is no pause between requests unless `pause` asks for
one, and nothing is fetched but what the user's address leads to.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

from wherry.core.errors import MissingPackage
from wherry.core.log import log_warning
from wherry.corpus.content import ContentType
from wherry.corpus.document import Document
from wherry.corpus.fetching import Fetched, afetch, fetch
from wherry.corpus.reader import Reader
from wherry.corpus.text_readers import ANY_TEXT

if TYPE_CHECKING:
    from collections.abc import Generator

_CLASSES = {"content", "main-content", "post-content", "entry-content", "article-body"}
_IDS = {"content", "main", "article"}
_TAGS = {"article", "main", "section"}
_ASIDE = ["script", "style", "nav", "header", "footer"]


class WebsiteReader(Reader):
    """One document a page, named after its address in `meta_data["url"]`.

    Args:
        chunking_strategy: How pages are cut.
        max_depth: How many links away from the first page; 1: that page only.
        max_links: Pages at most.
        timeout: Seconds for each page.
        proxy: Address of a proxy.
        allowed_hosts: Hosts that may be asked; None: those of the first page's domain.
        pause: Seconds between two requests.
        **kwargs: Parameters of `Reader`.
    """

    strategies = ANY_TEXT
    content_types = (ContentType.URL,)

    def __init__(
        self,
        chunking_strategy: Any = None,
        max_depth: int = 3,
        max_links: int = 10,
        timeout: int = 10,
        proxy: str | None = None,
        allowed_hosts: list[str] | None = None,
        pause: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(chunking_strategy=chunking_strategy, **kwargs)
        self.max_depth, self.max_links = max_depth, max_links
        self.timeout, self.proxy = timeout, proxy
        self.allowed_hosts = [host.lower() for host in allowed_hosts] if allowed_hosts is not None else None
        self.pause = pause

    @classmethod
    def get_read_time_requirements(cls) -> dict[ContentType, list[str]]:
        """Beautiful Soup."""
        return {ContentType.URL: ["bs4"]}

    def read(self, url: str, name: str | None = None, password: str | None = None) -> list[Document]:
        """The pages in chunks.

        Raises:
            ConnectionError: The first page cannot be fetched, or no page has a text.
        """
        return self._cut(self._documents(self.crawl(url), url, name))

    async def async_read(self, url: str, name: str | None = None, password: str | None = None) -> list[Document]:
        """`read` on the event loop."""
        return await self._acut(self._documents(await self.async_crawl(url), url, name))

    def crawl(self, url: str, starting_depth: int = 1) -> dict[str, str]:
        """The texts of the pages by address.

        Raises:
            ConnectionError: The first page cannot be fetched, or no page has a text.
        """
        walk = self._walk(url, starting_depth)
        try:
            address = next(walk)
            while True:
                try:
                    page: Fetched | ConnectionError = fetch(address, self.timeout, self.proxy)
                except ConnectionError as error:
                    page = error
                time.sleep(self.pause)
                address = walk.send(page)
        except StopIteration as done:
            found: dict[str, str] = done.value
            return found

    async def async_crawl(self, url: str, starting_depth: int = 1) -> dict[str, str]:
        """`crawl` on the event loop."""
        walk = self._walk(url, starting_depth)
        try:
            address = next(walk)
            while True:
                try:
                    page: Fetched | ConnectionError = await afetch(address, self.timeout, self.proxy)
                except ConnectionError as error:
                    page = error
                await asyncio.sleep(self.pause)
                address = walk.send(page)
        except StopIteration as done:
            found: dict[str, str] = done.value
            return found

    def _walk(self, url: str, depth: int) -> Generator[str, Fetched | ConnectionError, dict[str, str]]:
        """Yields the address to fetch next, is sent what came, and returns the texts."""
        domain = ".".join(urlsplit(url).netloc.split(".")[-2:])
        seen: set[str] = set()
        waiting = [(url, depth)]
        found: dict[str, str] = {}
        while waiting and len(found) < self.max_links:
            address, level = waiting.pop(0)
            if address in seen or not self._may(address, domain):
                continue
            seen.add(address)
            page = yield address
            if isinstance(page, ConnectionError):
                if address == url:
                    raise page
                log_warning(f"{page}; the page is left out")
                continue
            text, links = parsed(page.content, address)
            if text:
                found[address] = text
            if level < self.max_depth:
                waiting += [(link, level + 1) for link in links]
        if not found:
            raise ConnectionError(f"No text was found at {url}")
        return found

    def _may(self, address: str, domain: str) -> bool:
        parts = urlsplit(address)
        if self.allowed_hosts is not None and (parts.hostname or "") not in self.allowed_hosts:
            return False
        return parts.netloc.endswith(domain) and not parts.path.endswith((".pdf", ".jpg", ".png"))

    def _documents(self, pages: dict[str, str], url: str, name: str | None) -> list[Document]:
        return [
            Document(name=name or url, id=address, meta_data={"url": address}, content=text)
            for address, text in pages.items()
        ]


def parsed(page: bytes, address: str) -> tuple[str, list[str]]:
    """The main text of a page, and the addresses it links to."""
    try:
        from bs4 import BeautifulSoup
    except ImportError as error:
        raise MissingPackage("A web page", "beautifulsoup4", "knowledge") from error
    soup = BeautifulSoup(page, "html.parser")
    links = [urldefrag(urljoin(address, str(link["href"])))[0] for link in soup.find_all("a", href=True)]
    part = soup.find(_is_main) or soup
    for aside in part.find_all(_ASIDE):
        aside.decompose()
    return part.get_text(strip=True, separator=" "), list(dict.fromkeys(links))


def _is_main(tag: Any) -> bool:
    return tag.name in _TAGS or bool(_CLASSES.intersection(tag.get("class") or ())) or tag.get("id") in _IDS
