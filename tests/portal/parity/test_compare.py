"""Two recordings are compared value by value; what is noise, listed or different is told apart by path."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry.tools.calculator import CalculatorTools
from wherry.tools.hackernews import HackerNewsTools
from wherry.tools.user_feedback import UserFeedbackTools
from wherry.tools.websearch import WebSearchTools
from wherry_portal.parity.compare import ABSENT, Comparison, Difference, compare, leaves, path_text, value_at, walk
from wherry_portal.parity.intentional import Expectations, Fragments, Rule, read_rules
from wherry_portal.parity.normalise import normalise
from wherry_portal.sources import SourceError

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def found(one, other):
    return [(item.where, item.agno, item.wherry) for item in walk(one, other) if isinstance(item, Difference)]


def test_equal_values_give_no_difference_and_are_counted():
    document = {"a": [1, {"b": None}], "c": {}}
    result = compare(document, document, copy.deepcopy(document))
    assert (result.compared, result.equal, result.found) == (3, 3, [])


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), ("1", 1), (None, ""), ([], {}), (0, False)])
def test_values_of_another_type_are_not_equal(one, other):
    assert len(found({"a": one}, {"a": other})) == 1


def test_a_missing_event_is_one_difference_and_not_a_shift():
    events = [
        {"event": name, "n": k}
        for k, name in enumerate(["RunStarted", "ToolCallStarted", "RunContent", "RunCompleted"])
    ]
    assert found(events, [events[0], *events[2:]]) == [("[1]", events[1], ABSENT)]
    assert found([events[0], *events[2:]], events) == [("[1]", ABSENT, events[1])]


def test_a_difference_weighs_as_many_values_as_it_stands_for():
    result = compare({"a": {"b": 1, "c": [1, 2]}, "d": 1}, {"a": {"b": 1, "c": [1, 2]}, "d": 1}, {"d": 1})
    assert (result.compared, result.equal, result.count("difference")) == (4, 1, 3)


def test_what_the_reference_disputes_with_itself_is_noise():
    result = compare({"a": 1, "b": {"c": 1}}, {"a": 2, "b": 7}, {"a": 3, "b": {"c": 2}})
    assert [d.severity for d in result.found] == ["noise", "noise"]
    assert result.differences == []


@given(json_values, json_values)
def test_every_value_is_counted_once(one, other):
    result = compare(one, one, other)
    assert result.compared == result.equal + sum(d.weight for d in result.found)
    assert result.compared >= max(leaves(one), 1) if one == other else result.compared >= 1


@given(json_values, json_values)
def test_differences_are_found_exactly_when_there_are_some(one, other):
    same = repr(one) == repr(other)
    differences = found({"v": one}, {"v": other})
    if same:
        assert differences == []
    for path, agno, wherry in differences:
        assert agno is not wherry or path


@given(json_values)
def test_a_path_leads_back_to_its_value(value):
    for item in walk({"v": value}, {"v": ABSENT}):
        if isinstance(item, Difference):
            assert value_at({"v": value}, item.path) == value
            assert path_text(item.path) == "v"


class TestNormalise:
    def test_ids_become_labels_that_keep_identity(self):
        run, other = "0b9f8a52-6d43-4f7e-9a31-0f6f1b3c2d1e", "1b9f8a52-6d43-4f7e-9a31-0f6f1b3c2d1e"
        document = normalise(
            {"outputs": [{"run_id": run, "parent_run_id": other}], "events": [{"run_id": run, "text": f"see {other}"}]}
        )
        assert document["outputs"][0] == {"run_id": "<run_id-1>", "parent_run_id": "<parent_run_id-1>"}
        assert document["events"][0] == {"run_id": "<run_id-1>", "text": "see <parent_run_id-1>"}

    @pytest.mark.parametrize("made", ["1a2b3c4d", "12345678", "ceccedbf"])
    def test_a_short_id_is_one_also_without_a_digit_or_a_letter(self, made):
        document = normalise({"outputs": [{"task_id": made, "text": f"Task [{made}]"}]})
        assert document["outputs"][0] == {"task_id": "<task_id-1>", "text": "Task [<task_id-1>]"}

    def test_times_and_durations_are_masked_but_not_their_absence(self):
        output = {"created_at": 1795361437, "resolved_at": 1795361438, "metrics": {"duration": 0.1, "time": None}}
        assert normalise({"outputs": [output]})["outputs"][0] == {
            "created_at": "<time>",
            "resolved_at": "<time>",
            "metrics": {"duration": "<duration>", "time": None},
        }

    @pytest.mark.parametrize(
        ("text", "masked"),
        [
            ("Response (0.4s)", "Response (<duration>)"),
            ("┏━ Response (9.9s) ━━━━┓", "┏━ Response (<duration>)┓"),
            ("┏━ Response (10.1s) ━━━┓", "┏━ Response (<duration>)┓"),
            ("tide() completed in 0.0012s. ", "tide() completed in <duration>. "),
            ("http://127.0.0.1:43211/v1", "http://<host>/v1"),
            ("/var/x/parity-abc123/parity.db", "<folder>/parity.db"),
            ("agno.run.agent.RunOutput", "<package>.run.agent.RunOutput"),
            ("wherry.run.agent.RunOutput", "<package>.run.agent.RunOutput"),
            ("take a wherry.", "take a wherry."),
            ("bold-curie-1a2b3c4d", "<id>"),
            ("Passing(created_at=1795361437, n=3)", "Passing(created_at=<time>, n=3)"),
            ('{"created_at": 1795361437, "n": 3}', '{"created_at": <time>, "n": 3}'),
        ],
    )
    def test_texts(self, text, masked):
        assert normalise({"requests": [{"content": text}]})["requests"][0]["content"] == masked

    def test_an_unordered_channel_has_an_order_of_its_own(self):
        one = normalise({"requests": [{"b": 1}, {"a": 1}]}, frozenset({"requests"}))
        other = normalise({"requests": [{"a": 1}, {"b": 1}]}, frozenset({"requests"}))
        assert one == other
        assert normalise({"requests": [{"b": 1}, {"a": 1}]}) != normalise({"requests": [{"a": 1}, {"b": 1}]})

    def test_ids_of_an_unordered_channel_are_numbered_by_what_begins_whenever_it_does(self):
        one = {"event": "StepStarted", "step_id": "1a2b3c4d", "name": "a"}
        two = {"event": "StepStarted", "step_id": "5e6f7a8b", "name": "b"}
        end = {"event": "GroupCompleted", "results": [{"step_id": "5e6f7a8b"}, {"step_id": "1a2b3c4d"}]}
        sides = [normalise({"events": [told]}, frozenset({"events"})) for told in ([one, two, end], [two, one, end])]
        assert sides[0] == sides[1]
        assert [one.get("step_id") for one in sides[0]["events"][0]] == [None, "<step_id-1>", "<step_id-2>"]
        assert normalise({"events": [[one, two, end]]}) != normalise({"events": [[two, one, end]]})


RECIPE = {"workflow_template": {"agents": {"ada": {"instructions": "Be brief.", "description": "A pilot."}}}}


class TestIntentional:
    def rule(self, **more):
        return Rule(id="r", path="requests[*].content", kind="prose", reason="ours", feature="x", **more)

    def judged(self, rule, one, other, case="f/c"):
        expectations = Expectations([rule])
        document = {"requests": [{"role": "system", "content": one}]}
        comparison = compare(document, document, {"requests": [{"role": "system", "content": other}]})
        return expectations.judge(comparison, document, RECIPE, case), expectations

    def test_own_words_around_the_authors_text_are_intentional(self):
        comparison, expectations = self.judged(
            self.rule(), "A pilot.\n<x>\nDo say\n</x>\nBe brief.", "A pilot.\n<x>\nPlease say\n</x>\nBe brief."
        )
        assert [d.severity for d in comparison.found] == ["intentional"]
        assert expectations.unneeded() == []

    @pytest.mark.parametrize(
        "other",
        [
            "A pilot.\n<x>\nDo say\n</x>",  # a text of the author is gone
            "Be brief.\n<x>\nDo say\n</x>\nA pilot.",  # the order changed
            "A pilot.\nDo say\nBe brief.",  # the tags are gone
            'A pilot.\n<x id="2">\nDo say\n</x>\nBe brief.',  # a tag changed
            "A pilot.\n<x>\nA pilot.\n</x>\nBe brief.",  # a text stands twice
        ],
    )
    def test_what_the_author_wrote_has_to_be_there_in_order(self, other):
        comparison, expectations = self.judged(self.rule(), "A pilot.\n<x>\nDo say\n</x>\nBe brief.", other)
        assert [d.severity for d in comparison.found] == ["difference"]
        assert [rule.id for rule in expectations.unneeded()] == ["r"]

    def test_a_difference_that_noise_hides_stays_noise_and_needs_its_rule(self):
        one, again, other = ({"requests": [{"content": f"{said}\nBe brief."}]} for said in ("Do", "Did", "Please"))
        expectations = Expectations([self.rule()])
        comparison = expectations.judge(compare(one, again, other), one, RECIPE, "f/c")
        assert [d.severity for d in comparison.found] == ["noise"]
        assert expectations.unneeded() == []

    def test_a_rule_holds_only_where_it_says(self):
        comparison, _ = self.judged(self.rule(where={"role": "user"}), "one", "two")
        assert comparison.differences
        comparison, _ = self.judged(self.rule(where={"role": ["user", "system"]}), "one", "two")
        assert not comparison.differences
        comparison, _ = self.judged(self.rule(fixtures=("g",)), "one", "two")
        assert comparison.differences
        comparison, _ = self.judged(self.rule(fixtures=("f/c",)), "one", "two")
        assert not comparison.differences

    def test_a_changed_value_has_to_be_as_both_patterns_say(self):
        rule = Rule(id="r", path="**.content", kind="changed", reason="-", feature="x", agno="one.*", wherry="two")
        assert not self.judged(rule, "one more", "two")[0].differences
        assert self.judged(rule, "one more", "three")[0].differences

    def test_shuffled_lines_are_the_same_lines(self):
        rule = Rule(id="r", path="**.content", kind="shuffled", reason="-", feature="x")
        assert not self.judged(rule, "## Both\n\none\n\ntwo", "## Both\n\ntwo\n\none")[0].differences
        assert self.judged(rule, "one\ntwo", "two\nthree")[0].differences
        assert self.judged(rule, "one\ntwo", "two\none\none")[0].differences
        assert self.judged(rule, 1, 2)[0].differences

    def test_what_named_groups_hold_has_to_be_the_same(self):
        rule = Rule(
            id="r",
            path=("outputs[*].content", "requests[*].content"),
            kind="changed",
            reason="-",
            feature="x",
            agno="Paused: (?P<rest>.*)",
            wherry="It waits: (?P<rest>.*)",
        )
        assert not self.judged(rule, "Paused: book", "It waits: book")[0].differences
        assert self.judged(rule, "Paused: book", "It waits: sail")[0].differences

    @pytest.mark.parametrize(
        ("rule", "place", "agno", "wherry"),
        [
            (
                "pause-sentence",
                ["outputs", 0, "stored", "content"],
                "I have tools to execute, but I need confirmation.",
                "Tools are ready to run but wait for confirmation.",
            ),
            (
                "task-sentences",
                ["outputs", 0, "stored", "tools", 0, "result"],
                "Task created: [a1] Row (status: pending)",
                "Task created: [a1] Row (status: pending), at your service",
            ),
            (
                "interactions-sentence",
                ["requests", 0, "body", "messages", 0, "content"],
                "<member_interaction_context>\nBelow:\nMember: Ada\n</member_interaction_context>",
                "<member_interaction_context>\nSo far.\nMember: Ada\n</member_interaction_context>",
            ),
            (
                "pause-sentence-team",
                ["events", 0, 1, "content"],
                "Team run paused. The following require input:\n- Ada: book requires input",
                "The team waits for a person:\n- Ada: book needs input",
            ),
        ],
    )
    def test_a_sentence_of_the_framework_is_a_difference_anywhere_else(self, rule, place, agno, wherry):
        expectations = Expectations(read_rules())
        found = expectations.rule(rule)

        def explained(path, other=wherry):
            difference = Difference(tuple(path), agno, other)
            return found.explains(difference, {}, Fragments(RECIPE), "f/c")

        assert explained(place)
        assert not explained([*place[:-1], "name"])
        assert not explained([*place[:-1], "input", place[-1]])
        assert not explained(["sessions", "agno_sessions", 0, "session_data", "session_state", "said"])
        if "Ada" in wherry:
            assert not explained(place, wherry.replace("Ada", "Bea"))

    @pytest.mark.parametrize(
        ("glob", "places", "others"),
        [
            ("{a,b}.c", ["a.c", "b.c"], ["a,b.c", "c.c", "a.cc", "xa.c"]),
            ("a.{,b[*].}c", ["a.c", "a.b[3].c"], ["a.b[3]c", "a.b.c", "a..c"]),
            ("a.{b.{c,d},*}", ["a.b.c", "a.b.d", "a.x"], ["a.b.e", "a.b."]),
            ("a{,[*]}.b", ["a.b", "a[0].b"], ["a[0][1].b"]),
            ("**{a,b.c}", ["a", "x.y.a", "b.c", "x[1].b.c"], ["b", "x.c"]),
            ("{a,b},c", ["a,c", "b,c"], ["a", "b", "c"]),
        ],
    )
    def test_globs_may_name_alternatives(self, glob, places, others):
        rule = Rule(id="r", path=glob, kind="missing", reason="-", feature="x")

        def explained(place):
            return rule.explains(Difference((place,), "value", ABSENT), {}, Fragments({}), "f/c")

        assert [place for place in places if not explained(place)] == []
        assert [place for place in others if explained(place)] == []

    @pytest.mark.parametrize("glob", ["a.{b", "a.b}", "a.}b{", "{a.{b}"])
    def test_a_brace_without_its_other_one_is_refused(self, glob, tmp_path):
        file = tmp_path / "list.yaml"
        entry = {"id": "r", "path": ["a.{b,c}", glob], "kind": "missing", "reason": "-", "feature": "x"}
        file.write_text(json.dumps({"rules": [entry]}))
        with pytest.raises(SourceError, match="has a brace without its other one") as caught:
            read_rules(file)
        (complaint,) = caught.value.complaints
        assert repr(glob) in complaint.message

    def test_no_rule_for_a_sentence_holds_everywhere(self):
        everywhere = [rule.id for rule in read_rules() if rule.path == "**" and not rule.fixtures]
        assert everywhere == []

    def test_a_sentence_that_is_listed_on_one_wire_of_openai_is_listed_on_the_other(self):
        """A user's script may ask by either; a rule of certain fixtures holds on the wire that they ask by."""

        def covers(rule, place):
            where = Rule(id="r", path=rule.path, kind="missing", reason="-", feature="x")
            return where.explains(Difference((place,), "value", ABSENT), {}, Fragments({}), "f/c")

        sentences = [rule for rule in read_rules() if rule.kind in {"changed", "data", "prose"}]
        alone = [
            rule.id
            for rule in sentences
            if not rule.fixtures or "script" in rule.fixtures
            if covers(rule, "requests[0].body.messages[0].content")
            and not any(covers(rule, f"requests[0].body.input[0].{key}") for key in ("content", "output"))
        ]
        # own-words-system-responses is the twin of the first; the second is for outputs and rows, which know no wire.
        assert alone == ["own-words-system-request", "own-words-system-recorded"]

    @pytest.mark.parametrize(
        ("run", "path", "value", "holds"),
        [
            (("Workflow", "arun"), ("outputs", 0, "stored", "metadata"), {}, True),
            (("Workflow", "arun"), ("sessions", "my.db", "my_runs", 0, "run_data", "metadata"), {}, True),
            (("Workflow", "arun"), ("outputs", 0, "stored", "metadata"), {"a": 1}, False),
            (("Agent", "arun"), ("outputs", 0, "stored", "metadata"), {}, False),
            (("Team", "arun stream"), ("events", 0, 4), {"event": "RunContent"}, False),
            (("Workflow", "arun stream"), ("events", 0, 4), {"event": "StepCompleted"}, True),
            (("Workflow", "arun stream"), ("events", 0, 4), {"event": "StepStarted"}, False),
            (("Workflow", "arun"), ("events", 0, 4), {"event": "StepCompleted"}, False),
            (("Workflow", "arun stream"), ("events", 1, 4), {"event": "StepCompleted"}, False),
        ],
    )
    def test_in_a_script_a_rule_holds_by_what_happens_there(self, run, path, value, holds):
        kind, way = run
        document = {
            "runs": [{"kind": kind, "way": way, "method": "run"}, {"kind": "Agent", "way": "run", "method": "run"}],
            "outputs": [{"stored": {"status": "COMPLETED"}}, None],
            "events": [[{"event": "TeamRunStarted"}], []],
            "sessions": {"my.db": {"my_runs": [{"run_data": {}}]}},
        }
        judged = Expectations(read_rules()).judge(
            Comparison(1, [Difference(path, ABSENT, value)]), document, {}, "script"
        )
        assert (judged.differences == []) is holds

    @staticmethod
    def left(path, agno, wherry, *, runs, outputs, rows=(), more=()):
        """The differences that no listed one explains in a script, of those at the place and more."""
        document = {
            "runs": [{"way": "run", "method": "run", **run} for run in runs],
            "outputs": [{"stored": {"status": "COMPLETED", **output}} for output in outputs],
            "events": [None for _ in runs],
            "sessions": {"my.db": {"my_runs": [{"run_data": {}}, *rows]}},
        }
        found = [Difference(path, agno, wherry), *(Difference(*one) for one in more)]
        return Expectations(read_rules()).judge(Comparison(1, found), document, {}, "script").differences

    @pytest.mark.parametrize(
        ("name", "row", "stored", "holds"),
        [
            ("Ann", {"agent_id": "ann", "session_id": "s"}, [], True),
            ("Bea", {"agent_id": "ann", "session_id": "s"}, [], False),  # she is in no team
            ("Ann", {"agent_id": "ann", "session_id": "t"}, [], False),  # of a session that she was not run in
            ("Ann", {"agent_id": "bea", "session_id": "s"}, [], False),
            ("Ann", {"agent_id": "ann", "session_id": "s"}, [{"session_id": "s"}], False),  # Agno has stored it, too
        ],
    )
    def test_a_row_more_is_excused_of_a_member_in_a_session_of_its_own(self, name, row, stored, holds):
        runs = [{"kind": "Team", "name": "Crew", "parts": ["Ann"]}, {"kind": "Agent", "name": name}]
        outputs = [{"team_id": "crew"}, {"agent_id": "ann", "session_id": "s"}]
        place = ("sessions", "my.db", "my_runs", 1)
        left = self.left(place, ABSENT, {"run_type": "agent", **row}, runs=runs, outputs=outputs, rows=stored)
        assert (left == []) is holds
        assert self.left(place, ABSENT, {"run_type": "team", **row}, runs=runs, outputs=outputs)
        assert self.left(place, ABSENT, {"run_type": "agent", **row}, runs=runs[::-1], outputs=outputs[::-1])

    @pytest.mark.parametrize(
        ("place", "agno"),
        [
            (("sessions", "my.db", "agno_approvals"), []),
            (("sessions", "my.db", "agno_schema_versions", 3), {"table_name": "agno_approvals", "version": "3.0.0"}),
        ],
    )
    def test_what_a_server_leaves_in_its_database_is_excused_of_a_server_only(self, place, agno):
        def left(served, value=agno):
            document = {"runs": [], "outputs": [], "events": [], "sessions": {"my.db": {"my_runs": [{"run_data": {}}]}}}
            found = Comparison(1, [Difference(place, value, ABSENT)])
            document |= {"served": served}
            return Expectations(read_rules()).judge(found, document, {}, "script").differences

        assert not left(1)
        assert left(0)
        if place[-1] == "agno_approvals":
            assert left(1, [{"id": "a"}])

    @pytest.mark.parametrize(
        ("way", "options", "comes", "excused"),
        [
            ("run stream", ["with-parallel"], True, True),
            ("arun stream", ["with-parallel"], True, True),
            ("run stream", ["with-parallel"], False, False),  # it is gone, and has not changed its place
            ("run stream", [], True, False),
            ("run", ["with-parallel"], True, False),
        ],
    )
    def test_boxes_of_a_parallel_may_change_places_in_a_streamed_workflow(self, way, options, comes, excused):
        box = {"name": "┃ Albion sails. ┃"}
        found = [Difference(("stdout", 1), box, ABSENT)]
        if comes:
            found.append(Difference(("stdout", 3), ABSENT, box))
        runs = [{"kind": "Workflow", "way": way, "options": options}]
        document = {"runs": runs, "outputs": [{}], "events": [[]], "sessions": {}, "stdout": [{}, box, {}, {}]}
        left = Expectations(read_rules()).judge(Comparison(1, found), document, {}, "script").differences
        assert (left == []) is excused

    def test_metrics_more_are_excused_of_an_answer_of_the_workflows_agent_itself(self):
        place, none = ("outputs", 0, "stored", "metrics"), {"steps": {}, "duration": "<duration>"}
        given = {"runs": [{"kind": "Workflow"}], "outputs": [{"workflow_agent_run": {"run_id": "a"}}]}
        assert not self.left(place, ABSENT, none, **given)
        assert self.left(place, ABSENT, {**none, "steps": {"a": {}}}, **given)
        assert self.left(place, ABSENT, none, **{**given, "outputs": [{}]})

    @pytest.mark.parametrize(
        ("run", "output", "place", "agno", "wherry", "others"),
        [
            (  # tokens of a request after a cancel: in a run that was cancelled, and numbers only
                {"kind": "Team"},
                {"status": "CANCELLED", "metrics": {"input_tokens": 40}},
                ("outputs", 0, "stored", "metrics", "input_tokens"),
                40,
                20,
                [{"output": {"status": "COMPLETED"}}, {"run": {"kind": "Agent"}}, {"wherry": "twenty"}],
            ),
            (
                {"kind": "Workflow", "way": "arun"},
                {},
                ("outputs", 0, "stored", "session_state", "workflow_id"),
                ABSENT,
                "w",
                [{"run": {"kind": "Workflow", "way": "run"}}, {"run": {"kind": "Team", "way": "arun"}}],
            ),
            (
                {"kind": "Workflow", "way": "arun stream"},
                {"status": "CANCELLED", "step_results": [{"error": "Cancelled during execution"}]},
                ("outputs", 0, "stored", "step_results", 0, "success"),
                False,
                True,
                [
                    {"output": {"status": "CANCELLED", "step_results": [{"error": "no"}]}},
                    {"output": {"step_results": [{"error": "Cancelled during execution"}]}},
                    {"run": {"kind": "Workflow", "way": "arun"}},
                ],
            ),
            (
                {"kind": "Workflow", "way": "run stream", "method": "continue_run"},
                {},
                ("outputs", 0, "stored", "content"),
                "Plan: Condition windy completed (else branch)",
                "Plan: Condition windy rejected - skipped (no else branch)",
                [
                    {"wherry": "Plan: Condition calm rejected - skipped (no else branch)"},
                    {"run": {"kind": "Workflow", "way": "run stream"}},
                ],
            ),
            (
                {"kind": "Team", "method": "continue_run"},
                {},
                ("outputs", 0, "stored", "session_state", "_team_tasks", "goal_complete"),
                False,
                True,
                [{"agno": True, "wherry": False}, {"run": {"kind": "Team"}}],
            ),
            (
                {"kind": "Agent", "options": ["store_media=False"]},
                {},
                ("outputs", 0, "stored", "messages", 0, "images"),
                ABSENT,
                [{"id": "a"}],
                [{"run": {"kind": "Agent", "options": []}}],
            ),
            (
                {"kind": "Workflow", "way": "arun"},
                {"workflow_agent_run": {"run_id": "a"}},
                ("outputs", 0, "stored", "step_executor_runs", 0, "tools"),
                ABSENT,
                [],
                [{"output": {}}, {"wherry": [{"tool_name": "tide"}]}],
            ),
            (
                {"kind": "Workflow", "way": "run stream"},
                {
                    "status": "PAUSED",
                    "step_results": [{"executor_type": "workflow"}],
                },
                ("outputs", 0, "stored", "step_results", 0, "success"),
                False,
                True,
                [{"output": {"status": "PAUSED", "step_results": [{"executor_type": "agent"}]}}, {"output": {}}],
            ),
        ],
    )
    def test_what_a_condition_excuses_it_excuses_nowhere_else(self, run, output, place, agno, wherry, others):
        given = {"run": run, "output": output, "agno": agno, "wherry": wherry}

        def left(**instead):
            now = given | instead
            return self.left(place, now["agno"], now["wherry"], runs=[now["run"]], outputs=[now["output"]])

        assert not left()
        assert [other for other in others if not left(**other)] == []

    def test_a_request_less_after_a_cancel_says_what_was_said_in_that_run(self):
        def left(words, status="CANCELLED"):
            messages = [{"role": "user", "content": "Which boat?"}, {"role": "tool", "content": words}]
            asked = {"method": "POST", "path": "/v1/chat/completions", "body": {"messages": messages}}
            output = {"status": status, "tools": [{"result": "cancelled: storm"}]}
            return self.left(("requests", 0), asked, ABSENT, runs=[{"kind": "Team"}], outputs=[output])

        assert not left("cancelled: storm")
        assert left("cancelled: calm")
        assert left("cancelled: storm", "COMPLETED")

    @pytest.mark.parametrize(
        ("kind", "way", "method", "status"),
        [("Team", "run", "run", "CANCELLED"), ("Agent", "arun stream", "print_response", "CANCELLED")],
    )
    def test_numbers_of_a_session_differ_where_such_a_run_is_of_that_session(self, kind, way, method, status):
        def left(session, ended):
            document = {
                "runs": [{"kind": kind, "way": way, "method": method}],
                "outputs": [{"stored": {"status": status}}],
                "events": [None],
                "sessions": {
                    "my.db": {
                        "agno_runs": [{"session_id": "s", "status": ended, "run_data": {}}],
                        "agno_sessions": [{"session_id": session, "session_data": {}}],
                    }
                },
            }
            place = ("sessions", "my.db", "agno_sessions", 0, "session_data", "session_metrics", "input_tokens")
            return (
                Expectations(read_rules())
                .judge(Comparison(1, [Difference(place, 40, 20)]), document, {}, "script")
                .differences
            )

        assert not left("s", status)
        assert left("t", status)
        assert left("s", "COMPLETED")

    def test_tokens_of_thinking_count_beside_the_model_that_thought(self):
        place = ("outputs", 0, "stored", "metrics")
        given = {
            "runs": [{"kind": "Agent", "way": "run stream"}],
            "outputs": [{"reasoning_steps": [{"event": "ReasoningStarted"}]}],
        }
        model = ((*place, "details", "reasoning_model"), ABSENT, [{}])
        assert not self.left((*place, "input_tokens"), 20, 40, **given, more=[model])
        assert len(self.left((*place, "input_tokens"), 20, 40, **given)) == 1
        assert len(self.left((*place, "duration"), 20, 40, **given, more=[model])) == 1

    def test_labels_that_teams_state_shifts_are_matched_and_not_excused(self):
        team = {"runs": [{"kind": "Team", "way": "arun"}], "outputs": [{}]}
        assert self.left(("outputs", 0, "stored", "messages", 0, "id"), "<id-1>", "<id-2>", **team)

    def test_a_state_more_or_less_is_excused_of_a_step_that_sees_it_only(self):
        workflow = {"runs": [{"kind": "Workflow", "way": "arun", "method": "continue_run"}], "outputs": [{}]}
        inside = ("outputs", 0, "stored", "step_executor_runs", 0, "session_state", "current_run_id")
        of_the_run = ("outputs", 0, "stored", "session_state", "current_run_id")
        for place in (inside, of_the_run):
            assert not self.left(place, ABSENT, "<id-1>", **workflow)
        assert not self.left(inside, "<id-1>", ABSENT, **workflow)
        assert self.left(of_the_run, "<id-1>", ABSENT, **workflow)
        assert self.left(("outputs", 0, "stored", "workflow_id"), ABSENT, "w", **workflow)
        assert self.left(("sessions", "my.db", "my_runs", 0, "workflow_data"), ABSENT, {}, **workflow)
        workflow["runs"][0]["method"] = "run"
        assert self.left(inside, "<id-1>", ABSENT, **workflow)

    def test_a_run_that_agno_lists_twice_has_to_be_listed_twice(self):
        def left(*ids):
            workflow = {"runs": [{"kind": "Workflow", "method": "continue_run"}]}
            outputs = [{"step_executor_runs": [{"run_id": name} for name in ids]}]
            return self.left(
                ("outputs", 0, "stored", "step_executor_runs", 1), {"run_id": "b"}, ABSENT, **workflow, outputs=outputs
            )

        assert not left("b", "b")
        assert left("a", "b")

    def test_a_row_less_is_excused_of_a_run_inside_the_workflows_only(self):
        def left(name):
            workflow = {"runs": [{"kind": "Workflow", "method": "continue_run"}]}
            inside = [{"run_id": "a", "member_responses": [{"run_id": "b"}]}]
            row = {"run_type": "agent", "run_id": name}
            place = ("sessions", "my.db", "my_runs", 1)
            return self.left(place, row, ABSENT, **workflow, outputs=[{"step_executor_runs": inside}], rows=[row])

        assert [name for name in "abc" if left(name)] == ["c"]

    def test_a_branch_may_stand_elsewhere_and_not_be_missing(self):
        place, step = ("outputs", 0, "stored", "step_results", 0, "steps"), {"step_name": "a"}
        runs = [{"kind": "Workflow", "way": "run stream"}]
        given = {"runs": runs, "outputs": [{"step_results": [{"step_type": "Parallel"}]}]}
        assert not self.left((*place, 0), step, ABSENT, **given, more=[((*place, 1), ABSENT, step)])
        assert len(self.left((*place, 0), step, ABSENT, **given)) == 1
        assert len(self.left((*place, 0), step, ABSENT, **given, more=[((*place, 1), ABSENT, {"step_name": "b"})])) == 2

    @pytest.mark.parametrize(
        ("agno", "wherry", "other"),
        [
            ("Goal marked as complete. Summary: Dry.", "The goal is marked as complete: Dry.", "Wet."),
            ("Task [a] completed. Result: Dry.\nMore.", "Task [a] completed. Result: Dry.", "Wet."),
            ("Task [a] completed. Result: Dry.\nMore.", "Task [a] completed. Result: Dry.", None),
            ("Task [a] failed: Dry.", "Task [b] failed: Dry.", "Wet."),
            (
                "Member with ID x not found. Available members:\n<member id='Dry.'>\n",
                "There is no member with the id x. Choose one of these members:\n\n<member id='Dry.'>",
                "Wet.",
            ),
            (
                "<current_task_state>\nTasks (1 total: 1 pending):\n  [a] Dry.\n</current_task_state>\nGo.",
                "<current_task_state>\nTasks (1 total: 1 pending):\n  [a] Dry.\n</current_task_state>\nOn.",
                "Wet.",
            ),
        ],
    )
    def test_own_sentences_about_tasks_do_not_hide_another_result(self, agno, wherry, other):
        def left(text):
            documents = [{"outputs": [{"stored": {"messages": [{"content": one}]}}]} for one in (agno, agno, text)]
            return Expectations(read_rules()).judge(compare(*documents), documents[0], {}, "script").differences

        assert not left(wherry)
        assert left("Task [a] is blocked" if other is None else wherry.replace("Dry.", other))

    @pytest.mark.parametrize(
        ("agno", "wherry", "other"),
        [
            (
                "Updated person/ann. Recorded 1 fact(s). The entity was archived and is now revived.",
                "Updated person/ann. Recorded 1 fact(s). It was archived and is revived.",
                "Updated person/ann. Recorded 1 fact(s).",
            ),
            (
                "Found 1 entity/entities matching 'a' in namespace 'n':\n\n1. Ann\n\nShowing the first 1; narrow.",
                "1 matching 'a' in namespace 'n':\n\n1. Ann\n\nThese are the first 1: ask for less.",
                "1 matching 'a' in namespace 'n':\n\n1. Ann",
            ),
            (
                "1 most recently updated entity/entities in namespace 'n':\n\n1. Ann\n\nShowing the first 1; narrow.",
                "1 in namespace 'n', newest first:\n\n1. Ann\n\nThese are the first 1: ask for less.",
                "1 in namespace 'n', newest first:\n\n1. Ann\n\nThese are the first 2: ask for less.",
            ),
            (
                "Entity name is required; nothing was recorded.",
                "Entity name is required: nothing was recorded.",
                "Both entity names are required: nothing was recorded.",
            ),
            (
                "Entity memory needs a user_id for the 'user' namespace; nothing was searched.",
                "The namespace 'user' of entity memory needs a user_id: nothing was searched.",
                "Entity memory has no database: nothing was searched.",
            ),
        ],
    )
    def test_own_sentences_about_entities_say_as_much_as_agnos(self, agno, wherry, other):
        def left(text):
            documents = [{"events": [[{"tool": {"result": one}}]]} for one in (agno, agno, text)]
            return (
                Expectations(read_rules()).judge(compare(*documents), documents[0], {}, "learning-entities").differences
            )

        assert not left(wherry)
        assert left(other)

    def test_tokens_of_a_reasoning_model_may_differ_where_agno_does_not_count_them_only(self):
        def left(details):
            documents = [{"outputs": [{"metrics": {"input_tokens": n, "details": details}}]} for n in (10, 10, 20)]
            told = Expectations(read_rules()).judge(compare(*documents), documents[0], {}, "agents-reasoning/a")
            return told.differences

        assert not left({"model": []})
        assert not left(None)
        assert left({"model": [], "reasoning_model": []})

    def test_a_summary_that_tells_of_kept_messages_is_told_from_one_that_does_not(self):
        def left(text):
            agno = "Summary of earlier conversation (compacted):\n\nDry.\n\nThe full text of the folded is kept."
            documents = [{"messages": [{"content": one}]} for one in (agno, agno, text)]
            return Expectations(read_rules()).judge(compare(*documents), documents[0], {}, "script").differences

        ours = "Earlier parts of this talk, in a short form:\n\nDry."
        assert not left(f"{ours}\n\nThese earlier messages are kept, word for word.")
        assert left(ours)

    def test_a_tool_of_a_server_that_failed_is_told_in_own_words(self):
        def left(wherry):
            place, agno = ("requests", 0, "body", "input", 0, "output"), "Error from MCP tool 'read': [Text(text='no')]"
            found = Comparison(1, [Difference(place, agno, wherry)])
            return Expectations(read_rules()).judge(found, {"runs": []}, {}, "script").differences

        assert not left("MCP tool 'read' failed: no")
        assert left("MCP tool 'write' failed: no")
        assert left("no")

    def test_documents_may_have_their_keys_in_another_order_and_say_the_same(self):
        def left(text):
            agno = '[{"content": "Dry.", "name": "boats"}]'
            documents = [{"outputs": [{"stored": {"tools": [{"result": one}]}}]} for one in (agno, agno, text)]
            return Expectations(read_rules()).judge(compare(*documents), documents[0], {}, "script").differences

        assert not left('[{"name": "boats", "content": "Dry."}]')
        others = '[{"name": "boats", "content": "Wet."}]', "[]", '[{"name": "boats"', "null"
        assert [text for text in others if not left(text)] == []

    def test_a_result_less_is_excused_only_where_agno_sent_it_without_its_call(self):
        result, call = {"role": "tool", "tool_call_id": "c"}, {"role": "assistant", "tool_calls": [{"id": "c"}]}

        def left(messages):
            document = {
                "runs": [{"kind": "Agent", "way": "run", "method": "continue_run"}],
                "outputs": [None],
                "events": [None],
                "requests": [{"body": {"messages": messages}}],
            }
            found = Comparison(1, [Difference(("requests", 0, "body", "messages", 1), messages[1], ABSENT)])
            return Expectations(read_rules()).judge(found, document, {}, "script").differences

        assert not left([{"role": "assistant", "content": "Words."}, result])
        assert left([call, result])
        assert left([{"role": "user", "content": "Words."}, call])

    def test_words_of_wherrys_own_toolkits_are_its_own_and_no_others(self):
        def left(name, agno="Look it up.", wherry="Search.", texts=()):
            tools = [{"name": name, "parameters": {"properties": {"x": {"description": agno}}}}]
            place = ("requests", 0, "body", "tools", 0, "parameters", "properties", "x", "description")
            document = {"requests": [{"body": {"tools": tools}}], "runs": [], "outputs": [], "events": []}
            found = Comparison(1, [Difference(place, agno, wherry)])
            recipe = {"content": list(texts)}
            return Expectations(read_rules()).judge(found, document, recipe, "script").differences

        shipped = [CalculatorTools, HackerNewsTools, UserFeedbackTools, WebSearchTools]
        names = {name for kit in shipped for name in kit().functions}
        assert {"add", "ask_user", "get_user_details", "web_search"} < names
        assert [name for name in names if left(name)] == []
        assert left("hire_boat")
        assert left(
            "web_search", "Look for boats.", "Search.", texts=["Look for boats."]
        )  # what the script says itself

    def test_a_call_more_is_excused_of_one_that_the_run_has_made(self):
        def left(listed, name):
            runs, place = [{"kind": "Agent", "way": "run stream"}], ("outputs", 0, "stored", "tools", 0)
            output = {"messages": [{"tool_call_id": "c"}], "tools": listed}
            return self.left(place, ABSENT, {"tool_call_id": name}, runs=runs, outputs=[output])

        assert not left([{"tool_call_id": "b"}], "c")
        assert left([{"tool_call_id": "c"}], "c")
        assert left([], "d")

    def test_a_tool_more_is_not_excused_in_what_a_model_is_offered(self):
        runs = [{"kind": "Agent", "way": "run stream"}]
        assert self.left(("requests", 0, "body", "tools", 1), ABSENT, {"type": "function"}, runs=runs, outputs=[{}])

    def test_a_run_that_nothing_is_nested_in_excuses_no_row_of_a_member(self):
        def rows(member):
            output = {"stored": {"member_responses": [{"name": "a", "member_responses": member}]}}
            document = {"runs": [{"kind": "Team", "way": "run"}], "outputs": [output], "events": [None], "sessions": {}}
            found = Comparison(1, [Difference(("sessions", "a.db", "agno_runs", 0), ABSENT, {"run_type": "agent"})])
            return Expectations(read_rules()).judge(found, document, {}, "script").differences

        assert rows([{"name": "b"}]) == []
        assert rows([])

    @pytest.mark.parametrize(
        ("agno", "wherry", "holds"),
        [
            (
                "Now: I have tools to execute, but I need confirmation.",
                "Now: Tools are ready to run but wait for it.",
                True,
            ),
            (
                "Now: I have tools to execute, but I need confirmation.",
                "Tools are ready to run but wait for it.",
                False,
            ),
            (
                "┃ Run is paused. The following tool calls require confirmation: • a(b) ┃",
                "┃ Waiting for confirmation: • a(b) ┃",
                True,
            ),
            (
                "┃ Run is paused. The following tool calls require confirmation: • a(b) ┃",
                "┃ Waiting for confirmation: • a(c) ┃",
                False,
            ),
            ("- Ada: book requires confirmation", "- Ada: book needs confirmation", True),
            ("- Ada: book requires confirmation", "- Bea: book needs confirmation", False),
        ],
    )
    def test_an_own_sentence_that_a_script_prints_may_have_the_scripts_words_around_it(self, agno, wherry, holds):
        documents = [{"stdout": [{"name": text}]} for text in (agno, agno, wherry)]
        judged = Expectations(read_rules()).judge(compare(*documents), documents[0], {}, "script")
        assert (judged.differences == []) is holds

    def test_a_plain_word_of_a_script_counts_as_a_line_of_its_own_only(self):
        one, other = "You lead a team.\n- team\nBe kind, Adah", "Lead.\n team.\nBe kind, Adah"
        texts = {"content": ["team", "Be kind", "Adah"]}
        assert Fragments(texts, script=True).agree(one, other)
        assert not Fragments(texts).agree(one, other)
        assert not Fragments(texts, script=True).agree(one, other.replace("Adah", "Beah"))
        assert not Fragments(texts, script=True).agree(one, other.replace("team", ""))

    def test_labels_explain_their_own_names_and_numbers_only(self):
        rule = Rule(id="r", path="**.content", kind="labels", reason="-", feature="x")
        assert not self.judged(rule, "run <run_id-1> of <id-2>", "run <current_run_id-1> of <id-5>")[0].differences
        assert self.judged(rule, "run <run_id-1> of <id-2>", "a run <run_id-1> of <id-2>")[0].differences
        assert self.judged(rule, "<run_id-1>", "s-1")[0].differences

    def test_an_absent_value_is_never_prose(self):
        fragments = Fragments(RECIPE)
        assert not fragments.agree("text", ABSENT)

    def test_the_projects_list_is_readable_and_every_rule_names_a_reason_and_a_row(self):
        rules = read_rules()
        assert len({rule.id for rule in rules}) == len(rules) > 0
        assert all(rule.reason and rule.feature for rule in rules)
