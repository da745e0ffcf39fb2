"""Runs of a server: started, limited, followed by their events, read again, kept until they are forgotten."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wherry.api.problems import Problem, problem_of
from wherry.api.weight import weight
from wherry.core.cancel import cancel_run
from wherry.core.log import logger
from wherry.core.run import outcome, shown
from wherry.core.status import RunStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wherry.api.settings import Settings


# So long a run that was asked to stop may take to store what it did.
_LAST_SECONDS = 2.0


@dataclass(slots=True)
class PastSession:
    """What is told of a run's session."""

    session_id: str
    user_id: str | None
    session_data: dict[str, Any] | None


@dataclass(slots=True)
class PastRun:
    """What is left of a run: its output, and its session when that is still there."""

    output: Any
    session: Any = None
    stream: bool = False

    @classmethod
    def of(cls, run: Any) -> PastRun:
        """What is told of a run that is over; a thousand of them are kept, their conversations once."""
        session = run.session
        if session is not None:
            session = PastSession(session.session_id, session.user_id, session.session_data)
        return cls(run.output, session, run.stream)


class Job:
    """One run of the server.

    Attributes:
        run_id: Its id.
        run: The run in progress; once it is over, what is left of it.
        frames: Events as dictionaries, in order; the position is the id of the server-sent event.
        output: The output once there is one.
        error: The exception that broke it off.
        late: Its time was up.
    """

    def __init__(self, run_id: str, kind: str, owner: Any, run: Any, tenant: str) -> None:
        self.run_id, self.kind, self.owner, self.run, self.tenant = run_id, kind, owner, run, tenant
        self.frames: list[dict[str, Any]] = []
        self.output: Any = run.output
        self.error: Exception | None = None
        self.done = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.late = False
        self._waiting: list[asyncio.Future[None]] = []

    def cancel(self) -> None:
        """Ask the run to stop, in the way of its owner."""
        getattr(self.owner, "cancel_run", cancel_run)(self.run_id)

    def ask(self) -> None:
        """`cancel` before the run is broken off, which it is also when it cannot be asked: Redis may not answer."""
        try:
            self.cancel()
        except Exception:  # noqa: BLE001 - whatever Redis or an owner of the user's own raises
            logger.exception("Run %s could not be asked to stop, and is broken off", self.run_id)

    def expire(self) -> None:
        """Break the run off: its time is up."""
        self.late = True
        self.ask()  # before it ends: a run that is asked to stop afterwards stays known for a day
        if self.task is not None:
            self.task.cancel()

    def add(self, event: Any) -> None:
        """Keep an event and wake those who follow."""
        self.frames.append(event.to_dict())
        self._wake()

    def finish(self) -> None:
        """Wake everybody; nothing follows, and of the run nothing is kept that nobody asks for later."""
        self.run = PastRun.of(self.run)
        self.done.set()
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def follow(self, after: int = -1) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        """The events after a position, as they come."""
        position = after + 1
        while True:
            while position < len(self.frames):
                yield position, self.frames[position]
                position += 1
            if self.done.is_set():
                return
            more = asyncio.get_running_loop().create_future()
            self._waiting.append(more)
            await more


class Runs:
    """All runs of a server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._free = asyncio.Semaphore(settings.concurrent_runs)
        self.begun = 0
        self.active = 0
        self.served = 0
        self.failed = 0
        self.jobs: dict[str, Job] = {}
        # About how many bytes each finished run takes, in the order in which they finished, and all of them.
        self._finished: OrderedDict[str, int] = OrderedDict()
        self._held = 0
        self.stopping = False

    def start(self, kind: str, owner: Any, run: Any, tenant: str, source: Any = None) -> Job:
        """Start a run; it waits for its turn.

        Raises:
            Problem: 429 when too many wait already, 503 when the server stops.
        """
        wait = {"retry-after": str(self.settings.retry_after)}
        if self.stopping:
            raise Problem("stopping", "The server takes no more runs.", wait)
        if self.begun >= self.settings.concurrent_runs + self.settings.waiting_runs:
            raise Problem("busy", "Too many runs wait.", wait)
        job = Job(run.output.run_id, kind, owner, run, tenant)
        self.forget(job.run_id)  # one that goes on is the same run
        self.jobs[job.run_id] = job
        self.begun += 1
        job.task = asyncio.create_task(self._work(job, source))
        return job

    async def _work(self, job: Job, source: Any) -> None:
        try:
            async with self._free:
                self.active += 1
                clock = asyncio.get_running_loop().call_later(self.settings.run_seconds, job.expire)
                try:
                    await self._follow(job, source)
                finally:
                    clock.cancel()
                    self.active -= 1
        except asyncio.CancelledError:
            job.error = self._broken_off(job)
        except Exception as error:  # noqa: BLE001 - whatever a user's code, database or provider raises must not break the run
            job.error = error
            # One that is not streamed is answered, and logged, as a request that failed (`app`).
            if job.run.stream and problem_of(error).code == "internal":
                logger.error("Run %s failed", job.run_id, exc_info=error)
        finally:
            self.begun -= 1
            self.served += 1
            self.failed += job.error is not None or getattr(job.output, "status", None) is RunStatus.error
            job.finish()
            self._keep(job)

    def _keep(self, job: Job) -> None:
        """Keep a finished run, and forget the oldest while they are too many or take too much."""
        if self.jobs.get(job.run_id) is not job:
            return
        size = self._finished[job.run_id] = weight(job.output, len(job.frames))
        self._held += size
        while len(self._finished) > 1 and (
            len(self._finished) > self.settings.kept_runs or self._held > self.settings.kept_bytes
        ):
            self.forget(next(iter(self._finished)))

    def forget(self, run_id: str) -> None:
        """Keep a run no longer; one that is stored is read from its database from now on."""
        self._held -= self._finished.pop(run_id, 0)
        self.jobs.pop(run_id, None)

    def _broken_off(self, job: Job) -> Problem:
        if not job.late:
            return Problem("stopping", "The server stopped before the run was over.", runId=job.run_id)
        return Problem("timeout", f"The run took more than {self.settings.run_seconds:g} s.", runId=job.run_id)

    async def _follow(self, job: Job, source: Any) -> None:
        events = source if source is not None else job.owner.events(job.run)
        if not job.run.stream:
            job.output = await outcome(job.run, events)
            return
        async for event in shown(job.run, events, False):
            job.add(event)
        job.output = job.run.output

    async def result(self, job: Job) -> Any:
        """Wait for a run.

        Raises:
            Exception: What broke it off.
        """
        await job.done.wait()
        if job.error is not None:
            raise job.error
        return job.output

    def known(self, run_id: str, tenant: str) -> Job | None:
        """A run of a caller that this process ran and has not forgotten; whoever went on with it last."""
        job = self.jobs.get(run_id)
        if job is None or not tenant or job.tenant == tenant or str(job.output.session_id).startswith(tenant):
            return job
        return None

    def of_session(self, session_id: str) -> list[Job]:
        """The runs of a session that are not forgotten."""
        return [job for job in self.jobs.values() if job.output.session_id == session_id]

    async def stop(self) -> None:
        """Take no more runs, let those that run finish, then ask them to stop, then break them off."""
        self.stopping = True
        for job in await self._left_after(self.settings.shutdown_seconds):
            job.ask()
        left = [job.task for job in await self._left_after(_LAST_SECONDS) if job.task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _left_after(self, seconds: float) -> list[Job]:
        """The runs that go on after so many seconds; at once when there are none."""
        tasks = [job.task for job in self.jobs.values() if job.task is not None and not job.done.is_set()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        return [job for job in self.jobs.values() if job.task is not None and not job.done.is_set()]
