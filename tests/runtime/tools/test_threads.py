"""Synchronous tools on an event loop: in threads, beside each other, in the caller's context, and never too many."""

import asyncio
import contextvars
import gc
import subprocess
import sys
import threading
import weakref

import pytest

from wherry.core.errors import ConfigurationError
from wherry.core.threads import Threads, shared

WHO = contextvars.ContextVar("who", default="nobody")


def test_calls_wait_side_by_side():
    together = threading.Barrier(5, timeout=60)

    async def main():
        threads = Threads(5)
        return await asyncio.gather(*(threads.call(together.wait) for _ in range(5)))

    assert sorted(asyncio.run(main())) == [0, 1, 2, 3, 4]


def test_more_calls_than_threads_all_end_and_no_thread_is_added():
    used = set()

    def note(number):
        used.add(threading.current_thread().name)
        return number

    async def main():
        threads = Threads(3)
        first = await asyncio.gather(*(threads.call(note, number) for number in range(50)))
        second = await asyncio.gather(*(threads.call(note, number) for number in range(50)))
        return first, second

    assert asyncio.run(main()) == (list(range(50)), list(range(50)))
    assert len(used) <= 3


def test_a_system_without_threads_left_is_said_at_once_or_waited_for(monkeypatch):
    free = threading.Event()

    def no_more(thread):
        raise RuntimeError("can't start new thread")

    async def main():
        threads = Threads(3)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_more)
            with pytest.raises(RuntimeError, match="can't start"):
                threads.call(free.set)
        first = threads.call(free.wait, 60)
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_more)
            second = threads.call(str, 2)
        assert not free.is_set()
        free.set()
        return await asyncio.wait_for(asyncio.gather(first, second), 60), await threads.call(str, 3)

    assert asyncio.run(main()) == ([True, "2"], "3")


def test_one_call_after_the_other_needs_one_thread():
    used = set()

    async def main():
        threads = Threads(8)
        for _ in range(20):
            await threads.call(lambda: used.add(threading.get_ident()))

    asyncio.run(main())
    assert len(used) == 1


def test_a_function_sees_the_context_of_its_caller_and_changes_only_its_own():
    def turn():
        seen = WHO.get()
        WHO.set("the thread")
        return seen

    async def main():
        WHO.set("the caller")
        return await shared().call(turn), WHO.get()

    assert asyncio.run(main()) == ("the caller", "the caller")


@pytest.mark.parametrize(
    ("raised", "seen"), [(ValueError("no"), ValueError), (StopIteration(3), RuntimeError), (SystemExit(2), SystemExit)]
)
def test_what_a_function_raises_reaches_the_caller(raised, seen):
    def fail():
        raise raised

    async def main():
        with pytest.raises(seen) as caught:
            await shared().call(fail)
        return caught.value

    found = asyncio.run(main())
    assert found is raised or found.__cause__ is raised


def test_a_call_that_was_given_up_disturbs_nobody():
    go_on = threading.Event()

    async def main():
        threads, loop, begun = Threads(1), asyncio.get_running_loop(), asyncio.Event()

        def slow():
            loop.call_soon_threadsafe(begun.set)
            go_on.wait(60)
            return "late"

        given_up = threads.call(slow)
        await begun.wait()
        given_up.cancel()
        go_on.set()
        return await threads.call(lambda: "next")

    assert asyncio.run(main()) == "next"


def test_an_answer_for_a_loop_that_is_gone_is_dropped():
    go_on = threading.Event()
    threads = Threads(1)

    async def leave():
        loop, begun = asyncio.get_running_loop(), asyncio.Event()
        threads.call(lambda: (loop.call_soon_threadsafe(begun.set), go_on.wait(60)))
        await begun.wait()

    async def again():
        return await threads.call(lambda: "still here")

    asyncio.run(leave())
    go_on.set()
    assert asyncio.run(again()) == "still here"


def test_idle_threads_keep_no_argument_alive():
    class Cargo:
        pass

    async def main():
        threads = Threads(1)
        cargo = Cargo()
        watched = weakref.ref(cargo)
        await threads.call(lambda one: None, cargo)
        del cargo
        await threads.call(lambda: None)
        gc.collect()
        return watched()

    assert asyncio.run(main()) is None


def test_threads_end_when_there_is_nothing_to_do(monkeypatch):
    monkeypatch.setattr("wherry.core.threads.IDLE_SECONDS", 0.01)

    async def main():
        threads = Threads(2)
        thread = await threads.call(threading.current_thread)
        await asyncio.to_thread(thread.join, 60)
        return thread.is_alive(), await threads.call(lambda: "a new one")

    assert asyncio.run(main()) == (False, "a new one")


@pytest.mark.parametrize("text", ["0", "-3", "many", "1.5"])
def test_a_limit_that_is_none_is_a_clear_error(monkeypatch, text):
    monkeypatch.setenv("WHERRY_THREADS", text)
    shared.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match=repr(text)):
            shared()
    finally:
        shared.cache_clear()


def test_a_process_ends_after_its_calls_and_a_fork_has_threads_of_its_own():
    code = """
import asyncio, os, time
from wherry.core.threads import shared

async def one(text):
    await shared().call(print, text, flush=True)

async def leave():
    shared().call(lambda: (time.sleep(0.1), print("finished", flush=True)))
    await asyncio.sleep(0)

asyncio.run(one("parent"))
if os.fork() == 0:
    asyncio.run(one("child"))
else:
    os.wait()
    asyncio.run(leave())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["parent", "child", "finished"], done.stderr
