"""Cancelling across processes: `RedisRunCancellationManager` on a real server.

What is expected of keys, values and times was read off Agno 3.1.10 on the same server.
"""

import subprocess
import sys
import uuid

import pytest
from agent_kit import agent, calls, chat, four_ways, model, ran
from redis import Redis, SSLConnection
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as LateError

from wherry.agent import Agent
from wherry.run import cancel
from wherry.run.cancel import RunCancelledException, set_cancellation_manager
from wherry.run.cancellation_management import RedisRunCancellationManager
from wherry.team import Team
from wherry.workflow import Step, Workflow

pytestmark = pytest.mark.redis


class Late:
    """A client whose server takes too long; counts how often it is asked."""

    asked = 0

    def get(self, key):
        self.asked += 1
        raise LateError("too late")


@pytest.fixture
def prefix():
    return f"t{uuid.uuid4().hex[:8]}:"


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def manager(redis, prefix, monkeypatch):
    """The manager of this process; `redis` stands for what another one does."""
    monkeypatch.setattr(cancel, "_cancellation_manager", None)
    monkeypatch.setattr(cancel, "_cancellation_manager_explicitly_set", False)
    set_cancellation_manager(RedisRunCancellationManager(redis_client=redis, key_prefix=prefix))
    return cancel.get_cancellation_manager()


# --- keys and values ------------------------------------------------------------------------------------------------


def test_intents_stand_under_agnos_keys(redis, prefix):
    plain = RedisRunCancellationManager(redis_client=redis)
    assert (plain.key_prefix, plain.ttl_seconds) == ("agno:run:cancellation:", 86400)
    manager = RedisRunCancellationManager(redis, key_prefix=prefix)
    manager.register_run("r")
    assert redis.get(f"{prefix}r") == b"0"
    assert 86000 < redis.ttl(f"{prefix}r") <= 86400
    assert not manager.is_cancelled("r")
    assert manager.cancel_run("r")
    assert redis.get(f"{prefix}r") == b"1"
    manager.register_run("r")  # a cancel that came first stays
    assert manager.is_cancelled("r")
    assert not manager.cancel_run("later")
    assert 86000 < redis.ttl(f"{prefix}later") <= 86400
    with pytest.raises(RunCancelledException, match="Run later was cancelled"):
        manager.raise_if_cancelled("later")
    manager.register_member_run("r", "m")
    assert redis.smembers(f"{prefix}members:r") == {b"m"}
    assert 86000 < redis.ttl(f"{prefix}members:r") <= 86400
    assert manager.get_member_run_ids("r") == {"m"}
    assert manager.get_active_runs() == {"r": True, "later": True}
    manager.cleanup_member_runs("r")
    manager.cleanup_run("r")
    assert manager.get_active_runs() == {"later": True}


async def test_the_async_client_does_the_same(redis_url, redis, prefix):
    async with AsyncRedis.from_url(redis_url, decode_responses=True) as client:
        manager = RedisRunCancellationManager(async_redis_client=client, key_prefix=prefix, ttl_seconds=None)
        await manager.aregister_run("r")
        assert redis.get(f"{prefix}r") == b"0"
        assert redis.ttl(f"{prefix}r") == -1
        assert not await manager.ais_cancelled("r")
        assert await manager.acancel_run("r")
        with pytest.raises(RunCancelledException):
            await manager.araise_if_cancelled("r")
        await manager.aregister_member_run("r", "m")
        assert await manager.aget_member_run_ids("r") == {"m"}
        assert await manager.aget_active_runs() == {"r": True}
        await manager.acleanup_member_runs("r")
        await manager.acleanup_run("r")
        assert await manager.aget_active_runs() == {}


async def test_plain_methods_make_a_blocking_client_of_the_async_one(redis_url, prefix):
    async with AsyncRedis.from_url(redis_url, socket_connect_timeout=7) as client:
        manager = RedisRunCancellationManager(async_redis_client=client, key_prefix=prefix)
        await manager.aregister_run("r")
        manager.register_member_run("r", "m")
        assert manager._blocking_client().connection_pool.connection_kwargs["socket_connect_timeout"] == 7
        assert manager.cancel_run("r")
        assert manager.get_active_runs() == {"r": True}
        assert manager.get_member_run_ids("r") == {"m"}


async def test_questions_without_a_client_and_managers_without_any_are_refused(redis):
    with pytest.raises(ValueError, match="redis_client"):
        RedisRunCancellationManager()
    with pytest.raises(RuntimeError, match="of object none can be made: give redis_client"):
        RedisRunCancellationManager(async_redis_client=object()).cancel_run("r")
    with pytest.raises(RuntimeError, match="async_redis_client"):
        await RedisRunCancellationManager(redis).acancel_run("r")


async def test_a_run_goes_on_when_redis_does_not_answer(unused_tcp_port, caplog):
    where = {"host": "127.0.0.1", "port": unused_tcp_port, "socket_timeout": 1}
    async with AsyncRedis(**where, retry=None) as client:
        manager = RedisRunCancellationManager(Redis(**where, retry=None), client)
        manager.REST_SECONDS = 0.0
        manager.register_run("r")
        manager.register_member_run("r", "m")
        manager.look("r")
        assert not manager.is_cancelled("r")
        manager.cleanup_run("r")
        manager.cleanup_member_runs("r")
        await manager.aregister_run("r")
        await manager.aregister_member_run("r", "m")
        await manager.araise_if_cancelled("r")
        await manager.acleanup_run("r")
        await manager.acleanup_member_runs("r")
        assert len(caplog.records) == 11
        with pytest.raises(RedisError):
            manager.cancel_run("r")


async def test_runs_do_not_try_again_at_once_when_redis_is_away(unused_tcp_port, redis_url, prefix, caplog):
    tried = Redis(host="127.0.0.1", port=unused_tcp_port, socket_timeout=1, retry=None)
    manager = RedisRunCancellationManager(tried, key_prefix=prefix)
    manager.register_run("r")
    assert not manager.is_cancelled("r")
    manager.cleanup_run("r")
    assert len(caplog.records) == 1
    with pytest.raises(RedisError):  # who cancels is told each time
        manager.cancel_run("r")
    with Redis.from_url(redis_url) as manager.redis_client:
        manager.cancel_run("r")
        assert not manager.is_cancelled("r")  # not asked yet
        manager._rests_until = 0.0
        assert manager.is_cancelled("r")
        manager.redis_client.set(manager._members_key("r"), "no set")
        manager.register_member_run("r", "m")  # a refusal of one key is no absence
        assert manager.is_cancelled("r")


def test_runs_do_not_try_again_at_once_when_redis_is_late():
    late = Late()
    manager = RedisRunCancellationManager(late)
    assert [manager.is_cancelled("r") for _ in range(3)] == [False] * 3
    assert late.asked == 1


def test_the_blocking_client_is_let_in_as_the_async_one_is():
    given = AsyncRedis.from_url("rediss://me:secret@127.0.0.1:1/3?ssl_ca_certs=/harbour.pem&socket_timeout=5")
    made = RedisRunCancellationManager(async_redis_client=given)._blocking_client().connection_pool
    assert made.connection_class is SSLConnection
    wanted = {"host": "127.0.0.1", "port": 1, "db": 3, "username": "me", "password": "secret", "socket_timeout": 5}
    wanted["ssl_ca_certs"] = "/harbour.pem"
    assert {name: made.connection_kwargs[name] for name in wanted} == wanted


# --- runs -----------------------------------------------------------------------------------------------------------


def owner_of(kind, tool):
    """An agent with a tool, by itself or as a part of something."""
    ada = agent(tools=[tool])
    if kind == "team":
        return Team(members=[ada], model=chat("leader"), name="Crew", telemetry=False)
    return ada if kind == "agent" else Workflow(name="Trip", steps=[Step(name="s", agent=ada)], telemetry=False)


@four_ways
@pytest.mark.parametrize("kind", ["agent", "team", "workflow"])
def test_a_cancel_from_elsewhere_stops_a_run(way, kind, manager, redis, prefix):
    def elsewhere() -> str:
        """Cancel what runs, the way another process does."""
        runs = manager.get_active_runs()
        assert "r" in runs
        other = RedisRunCancellationManager(redis, key_prefix=prefix)
        assert other.cancel_run("r")
        for member in other.get_member_run_ids("r"):
            other.cancel_run(member)
        return "done"

    replies = [{**calls("elsewhere"), "when": {"model": "gpt-5-mini"}}]
    if kind == "team":
        replies.insert(
            0, {**calls("delegate_task_to_member", member_id="ada", task="Go."), "when": {"model": "leader"}}
        )
    with model(*replies):
        _, output = ran(way, owner_of(kind, elsewhere), run_id="r")
    assert output.status == "CANCELLED"
    assert not list(redis.scan_iter(f"{prefix}*"))


async def test_runs_of_a_loop_ask_with_the_async_client_alone(redis_url, redis, prefix, monkeypatch):
    def elsewhere() -> str:
        """Cancel what runs."""
        redis.set(f"{prefix}r", "1")
        return "done"

    async with AsyncRedis.from_url(redis_url) as client:
        manager = RedisRunCancellationManager(async_redis_client=client, key_prefix=prefix)
        monkeypatch.setattr(cancel, "_cancellation_manager", manager)
        with model(calls("elsewhere")):
            output = await agent(tools=[elsewhere]).arun("Which way?", run_id="r")
        assert output.status == "CANCELLED"
        assert not await Agent.acancel_run("early")
        with model():
            assert (await agent().arun("?", run_id="early")).status == "CANCELLED"
        assert not list(redis.scan_iter(f"{prefix}*"))


def test_another_process_cancels_a_stream(manager, redis_url, prefix):
    code = (
        "import sys; from redis import Redis; from wherry.agent import Agent\n"
        "from wherry.run.cancel import set_cancellation_manager\n"
        "from wherry.run.cancellation_management import RedisRunCancellationManager\n"
        "set_cancellation_manager(RedisRunCancellationManager(Redis.from_url(sys.argv[1]), key_prefix=sys.argv[2]))\n"
        "print(Agent.cancel_run('r'))\n"
    )
    manager.LOOK_EVERY_SECONDS = 0.0  # each piece asks, so that nothing depends on how fast they come
    said, ends = [], []
    with model({"content": "one two three", "chunks": ["one ", "two ", "three"]}):
        for event in agent().run("?", run_id="r", stream=True):
            if event.event != "RunContent":
                ends.append(event.event)
            elif event.content:
                said.append(event.content)
                if len(said) == 1:
                    told = subprocess.run(
                        [sys.executable, "-c", code, redis_url, prefix],
                        check=True,
                        capture_output=True,
                        text=True,
                        timeout=120,
                    )
    assert told.stdout.strip() == "True"
    assert said == ["one "]
    assert ends == ["RunCancelled", "RunCompleted"]  # as in Agno


def test_pieces_of_a_stream_ask_now_and_then_only(manager, redis):
    manager.register_run("r")
    manager.LOOK_EVERY_SECONDS = 3600.0
    manager.look("r")
    manager.cancel_run("r")
    manager.look("r")  # not asked again yet
    manager.LOOK_EVERY_SECONDS = 0.0
    with pytest.raises(RunCancelledException):
        manager.look("r")
    assert RedisRunCancellationManager.LOOK_EVERY_SECONDS <= 0.1


async def test_a_run_that_has_ended_is_forgotten(redis_url, redis, prefix):
    async with AsyncRedis.from_url(redis_url) as client:
        manager = RedisRunCancellationManager(redis, client, key_prefix=prefix)
        manager.LOOK_EVERY_SECONDS = 30.0  # less than a machine has been up
        for awaited in (False, True):
            manager.look("r")
            if awaited:
                await manager.acleanup_run("r")
            else:
                manager.cleanup_run("r")
            manager.cancel_run("r")
            with pytest.raises(RunCancelledException):  # the next run of this id asks at once
                manager.look("r")
            manager.cleanup_run("r")
