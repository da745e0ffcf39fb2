"""Which arguments the functions of an agent or team are called with, beside Agno: hooks, prompts, dependencies."""

import asyncio

import pytest
from both_sides import OURS, SIDES, owner, saying

KINDS = ("agent", "team")
OWNER = ("Agent", "Team")


class Calls(list):
    """Functions that note how they are called."""

    def any_keywords(self, place):
        def called(**given):
            self.append((place, {name: told(value) for name, value in given.items()}))

        return called

    def by_name(self, place, answer=None):
        """Names the owner both ways, each with a default."""

        def called(agent="not given", team="not given", run_input="not given", session="not given", run_context=None):
            given = {"agent": agent, "team": team, "run_input": run_input, "session": session}
            self.append((place, {name: told(value) for name, value in given.items()}))
            return answer

        return called

    def retriever(self, query, agent="not given", team="not given", filters=None, num_documents=None, **more):
        given = {"agent": agent, "team": team, **more}
        self.append(("retriever", {name: told(value) for name, value in given.items()}))
        return []


def told(value):
    """What a function got, as far as both sides can be compared."""
    return value if isinstance(value, str) else type(value).__name__


def told_by(kind, side, *, looping):
    """Every call of one run, and what became of a dependency that gives nothing."""
    noted = Calls()
    made = owner(
        side,
        kind,
        model=saying(side, "Aye."),
        instructions=noted.by_name("instructions", "Be brief."),
        dependencies={"boat": noted.by_name("dependency", "Hathor"), "none": noted.by_name("nothing")},
        tools=noted.by_name("tools", []),
        knowledge_retriever=noted.retriever,
        add_knowledge_to_context=True,
        pre_hooks=[noted.any_keywords("pre"), noted.by_name("pre by name")],
        post_hooks=[noted.any_keywords("post"), noted.by_name("post by name")],
    )
    kept = []
    made.post_hooks.append(lambda run_context: kept.append(callable(run_context.dependencies["none"])))
    asyncio.run(made.arun("Go.", user_id="ann")) if looping else made.run("Go.", user_id="ann")
    return noted, kept


@pytest.mark.parametrize("looping", [False, True], ids=["run", "arun"])
@pytest.mark.parametrize("kind", KINDS)
def test_functions_get_the_owner_by_the_names_that_agno_gives_it(kind, looping):
    (mine, mine_kept), (theirs, theirs_kept) = (told_by(kind, side, looping=looping) for side in SIDES)
    assert sorted(mine, key=repr) == sorted(theirs, key=repr)
    assert mine_kept == theirs_kept
    assert {place for place, _ in mine} == {
        *("instructions", "dependency", "nothing", "tools", "retriever", "pre", "pre by name", "post", "post by name")
    }
    other = OWNER[kind == "agent"].lower()
    assert all(other not in given for place, given in mine if place in {"pre", "post"})


def test_a_retriever_that_cannot_tell_users_apart_is_warned_of(caplog):
    def retriever(query, num_documents=None):
        return []

    made = owner(OURS, "agent", model=saying(OURS, "Aye."), knowledge_retriever=retriever)
    made.add_knowledge_to_context = True
    made.run("Go.")
    assert not caplog.records
    made.run("Go.", user_id="ann")
    assert any("does not accept user_id" in record.message for record in caplog.records)
