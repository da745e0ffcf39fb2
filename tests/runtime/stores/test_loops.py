"""What each event loop has of its own: opened once for all who ask, whoever of them gives up, and closed with it."""

import asyncio
import gc
import weakref

import pytest

from wherry.stores.loops import PerLoop


class Harbour:
    """Opens boats when the gate is open, and keeps a book of them."""

    def __init__(self):
        self.opened, self.closed, self.gate, self.errors = [], [], None, []
        self.boats = PerLoop(self.open, self.close)

    async def open(self):
        self.opened.append(len(self.opened))
        if self.gate is not None:
            await self.gate.wait()
        if self.errors:
            raise self.errors.pop()
        return self.opened[-1]

    async def close(self, boat):
        self.closed.append(boat)


async def waiting(harbour, count):
    """Callers that wait for a boat, while the gate is shut."""
    harbour.gate = asyncio.Event()
    tasks = [asyncio.create_task(harbour.boats.get()) for _ in range(count)]
    for _ in range(3):  # until the opening has come to the gate
        await asyncio.sleep(0)
    assert harbour.opened == [0]
    return tasks


@pytest.mark.parametrize("gives_up", [0, 1, 2])
def test_whoever_gives_up_takes_it_from_no_other(gives_up):
    harbour = Harbour()

    async def main():
        tasks = await waiting(harbour, 3)
        gone = tasks.pop(gives_up)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        harbour.gate.set()
        return await asyncio.gather(*tasks, harbour.boats.get())

    assert asyncio.run(main()) == [0, 0, 0]
    assert (harbour.opened, harbour.closed) == ([0], [0])


def test_all_who_wait_are_told_that_it_failed_and_the_next_one_tries_again():
    harbour = Harbour()

    async def main():
        tasks = await waiting(harbour, 2)
        harbour.errors.append(OSError("no water"))
        harbour.gate.set()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        return [str(one) for one in told], await harbour.boats.get()

    assert asyncio.run(main()) == (["no water"] * 2, 1)
    assert harbour.closed == [1]


def test_a_failure_that_nobody_waits_for_any_more_is_not_complained_about():
    harbour, complaints = Harbour(), []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        [task] = await waiting(harbour, 1)
        task.cancel()
        harbour.errors.append(OSError("no water"))
        harbour.gate.set()
        await asyncio.gather(task, return_exceptions=True)
        del task
        gc.collect()
        return await harbour.boats.get()

    assert asyncio.run(main()) == 1
    assert complaints == []


def test_work_that_ends_while_all_tasks_are_stopped_gets_it_still():
    harbour = Harbour()

    async def last():
        try:
            await asyncio.sleep(60)
        finally:
            harbour.gate.set()
            harbour.last = await harbour.boats.get()

    async def main():
        await waiting(harbour, 1)
        harbour.task = asyncio.create_task(last())
        await asyncio.sleep(0)

    asyncio.run(main())
    assert (harbour.last, harbour.closed) == (1, [1])


def test_what_is_opened_while_it_is_ended_is_closed():
    harbour = Harbour()

    async def main():
        [task] = await waiting(harbour, 1)
        ending = asyncio.create_task(harbour.boats.end())
        await asyncio.sleep(0)
        harbour.gate.set()
        await ending
        assert (await task, harbour.closed) == (0, [0])
        return await harbour.boats.get()

    assert asyncio.run(main()) == 1
    assert harbour.closed == [0, 1]


def test_loops_that_are_closed_are_not_kept():
    harbour, loops = Harbour(), []

    async def main():
        loops.append(weakref.ref(asyncio.get_running_loop()))
        return await harbour.boats.get()

    assert [asyncio.run(main()) for _ in range(3)] == [0, 1, 2]
    gc.collect()
    assert [loop() for loop in loops[:2]] == [None, None]
    assert harbour.closed == [0, 1, 2]
