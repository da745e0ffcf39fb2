"""Whether new runs can be taken: the server is not stopping, and its databases answer.

Anybody may ask, as probes do, so the answer costs the databases at most one look a second and names nothing of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Iterable

# For so many seconds an answer holds, and so long a database may take for it.
HOLDS = 1.0
PATIENCE = 2.0
# No run has this id: what is asked for does not matter.
_NOBODY = "readyz"


class Readiness:
    """Asks databases whether they answer.

    Attributes:
        failing: The last look found one that does not; said in the log once, not at every look.
    """

    def __init__(self) -> None:
        self.failing = False
        self._looked = -HOLDS
        self._look: asyncio.Task[None] | None = None

    async def reachable(self, stores: Iterable[Any]) -> bool:
        """Whether all databases answered, now or less than a second ago."""
        look = self._going_on()
        if look is None and monotonic() - self._looked >= HOLDS:
            look = self._look = asyncio.create_task(self._ask(list(stores)))
        if look is not None:
            try:
                await asyncio.wait_for(asyncio.shield(look), PATIENCE)
            except TimeoutError:
                self._found(f"no answer within {PATIENCE:g} s")
        return not self.failing

    def _going_on(self) -> asyncio.Task[None] | None:
        """A look that has not ended, for which others wait too: a database that hangs must not collect threads."""
        look = self._look
        ended = look is None or look.done() or look.get_loop() is not asyncio.get_running_loop()
        return None if ended else look

    async def _ask(self, stores: list[Any]) -> None:
        # All are waited for, also when one fails at once: else each look would leave a thread with one that hangs.
        asked = (_answer(store) for store in stores)
        errors = [one for one in await asyncio.gather(*asked, return_exceptions=True) if isinstance(one, BaseException)]
        if errors:
            self._found(f"{type(errors[0]).__name__}: {errors[0]}")
        else:
            self.failing = False
        self._looked = monotonic()

    def _found(self, problem: str) -> None:
        if not self.failing:
            log_warning(f"A database does not answer, /readyz says so: {problem}")
        self.failing = True


async def _answer(store: Any) -> None:
    """Ask a database; a blocking one in a thread that the end of the server does not wait for, as it may hang."""
    if inspect.iscoroutinefunction(store.get_run):
        await store.get_run(run_id=_NOBODY)
        return
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Exception | None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if not answered.done():
            answered.set_result(error)

    def work() -> None:
        error = None
        try:
            store.get_run(run_id=_NOBODY)
        except Exception as raised:  # noqa: BLE001 - whatever a database raises says that it cannot be used
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=work, name="wherry-readyz", daemon=True).start()
    failed = await answered
    if failed is not None:
        raise failed
