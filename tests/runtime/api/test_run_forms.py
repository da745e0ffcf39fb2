"""The fields of AgentOS's run form: what reaches a run, and how what cannot be used is refused."""

import json

import pytest
from starlette.testclient import TestClient

from wherry.agent import Agent
from wherry.api.os import AgentOS
from wherry.filters import EQ
from wherry.models.openai import OpenAIChat
from wherry.team import Team
from wherry.testing import ReplayServer

OWNERS = ["agents/ada", "teams/crew"]
SCHEMA = {
    "title": "Passage",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "miles": {"type": "number"},
        "locks": {"type": "array", "items": {"type": "object", "properties": {"fee": {"type": "integer"}}}},
    },
    "required": ["name"],
}


@pytest.fixture(scope="module")
def seen():
    return {}


@pytest.fixture(scope="module")
def client(seen):
    """A server whose agent and team note what their runs were given."""

    def note(run_context, run_input, **more):
        seen.clear()
        names = ("session_state", "dependencies", "metadata", "knowledge_filters", "output_schema")
        seen.update({name: getattr(run_context, name) for name in names})
        seen["media"] = [*(run_input.images or ()), *(run_input.audios or ())]
        seen["media"] += [*(run_input.videos or ()), *(run_input.files or ())]
        seen["more"] = more

    ada = Agent(id="ada", model=OpenAIChat(id="m"), pre_hooks=[note])
    crew = Team(id="crew", model=OpenAIChat(id="m"), members=[Agent(id="mate", model=OpenAIChat(id="m"))])
    crew.pre_hooks = [note]
    script = [{"content": '{"name": "Acle", "miles": 7, "locks": [{"fee": 3}]}', "times": "forever"}]
    with ReplayServer(script, record=False) as model, model.environment():
        app = AgentOS(agents=[ada], teams=[crew]).get_app()
        with TestClient(app, raise_server_exceptions=False) as made:
            yield made


def posted(client, owner, fields, **more):
    return client.post(f"/{owner}/runs", data={"message": "Hi", "stream": "false", **fields}, **more)


FIELDS = {
    "an object": ("dependencies", '{"a": 1}', {"a": 1}),
    "an object that is no JSON": ("dependencies", "{bad", None),
    "metadata that are no JSON": ("metadata", "nope", None),
    "metadata that are empty": ("metadata", "", None),
    "plain filters": ("knowledge_filters", '{"a": "b"}', {"a": "b"}),
    "one expression": ("knowledge_filters", '{"op": "EQ", "key": "a", "value": "b"}', [EQ("a", "b")]),
    "expressions": ("knowledge_filters", '[{"op": "EQ", "key": "a", "value": "b"}]', [EQ("a", "b")]),
    "an expression that is none": ("knowledge_filters", '{"op": "ODD", "key": "a"}', None),
}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("case", FIELDS)
def test_json_fields_reach_the_run(client, seen, owner, case):
    name, text, expected = FIELDS[case]
    assert posted(client, owner, {name: text}).status_code == 200
    found = seen[name]
    if isinstance(expected, list):
        found, expected = [one.to_dict() for one in found], [one.to_dict() for one in expected]
    assert (found or None) == expected


@pytest.mark.parametrize("owner", OWNERS)
def test_other_fields_reach_hooks_and_the_words_of_json_are_values(client, seen, owner):
    fields = {"place": "Acle", "loud": "True", "quiet": "false", "run_id": "mine", "run_context": "x"}
    fields |= {"no name": "x", "n" * 101: "x"}
    answer = posted(client, owner, {**fields, "version": "3"})
    assert not seen["more"].keys() & {"no name", "n" * 101}
    assert {name: seen["more"][name] for name in ("place", "loud", "quiet")} == {
        "place": "Acle",
        "loud": True,
        "quiet": False,
    }
    assert seen["metadata"] == {"agno_component_version": 3}
    assert answer.json()["run_id"] != "mine"


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("stream", [False, True])
def test_an_output_schema_makes_a_model(client, seen, owner, stream):
    answer = posted(client, owner, {"output_schema": json.dumps(SCHEMA), "stream": str(stream).lower()})
    data = json.loads(answer.text.split("data: ")[-1]) if stream else answer.json()
    assert data["content"] == {"name": "Acle", "miles": 7.0, "locks": [{"fee": 3}]}
    assert data["content_type"] == "Passage"
    fields = seen["output_schema"].model_fields
    assert (fields["name"].is_required(), fields["miles"].is_required()) == (True, False)


@pytest.mark.parametrize("owner", OWNERS)
def test_an_output_schema_stays_what_it_is_when_asked(client, seen, owner):
    answer = posted(client, owner, {"output_schema": json.dumps(SCHEMA), "use_json_schema": "true"})
    assert seen["output_schema"] == SCHEMA
    assert answer.json()["content"]["name"] == "Acle"


DEEP = '{"type": "object", "properties": {"a": ' * 40 + "{}" + "}}" * 40
REFUSED = {
    "metadata that are a list": ({"metadata": "[1]"}, 400, "Invalid metadata parameter: expected a JSON object"),
    "a state that is a list": ({"session_state": "[1]"}, 422, "must be a JSON object"),
    "images that are no JSON": ({"images": "nope"}, 422, "Invalid images: expected a JSON array of objects"),
    "images that are an object": ({"images": "{}"}, 422, "Invalid images: expected a JSON array of objects"),
    "an image without a source": ({"images": "[{}]"}, 422, "Invalid images: could not reconstruct every media item"),
    "a reference to a medium": (
        {"images": '[{"media_reference": {"key": "a"}}]'},
        422,
        "Invalid images: could not reconstruct every media item",
    ),
    **{
        f"a medium with {fields}": (
            {name: json.dumps([{"url": "http://127.0.0.1:9/a", **fields}])},
            422,
            f"Invalid {name}: could not reconstruct every media item",
        )
        for name, fields in (
            ("images", {"url": 5}),
            ("images", {"url": None, "filepath": ["a"]}),
            ("images", {"metadata": "a"}),
            ("audio", {"id": 5}),
            ("audio", {"sample_rate": 2.5}),
            ("audio", {"channels": float("inf")}),
            ("videos", {"mime_type": [1]}),
            ("videos", {"width": "wide"}),
            ("input_files", {"filename": 5}),
            ("input_files", {"size": {}}),
        )
    },
    "a schema that is no JSON": ({"output_schema": "nope"}, 422, "expected a JSON object schema"),
    "a schema that is empty": ({"output_schema": ""}, 422, "expected a JSON object schema"),
    "a schema of a text": ({"output_schema": '{"type": "string"}'}, 422, 'root must declare \\"type\\": \\"object\\"'),
    "a schema built wrongly": ({"output_schema": '{"type": "object", "properties": [1]}'}, 422, "is not of type"),
    "a schema that needs a number": ({"output_schema": '{"type": "object", "required": 5}'}, 422, "required is 5"),
    "a schema whose field is one of Pydantic's own words": (
        {"output_schema": '{"type": "object", "properties": {"__base__": {"type": "string"}}}'},
        422,
        "could not construct output model",
    ),
    "a schema that is too deep": ({"output_schema": DEEP}, 422, "nested too deeply"),
    "a wrapped schema without one": (
        {"output_schema": '{"type": "json_schema"}', "use_json_schema": "true"},
        422,
        "json_schema.schema must be an object",
    ),
    "a flag that is none": ({"stream": "7"}, 422, "Input should be a valid boolean"),
    "another flag that is none": ({"background": "maybe"}, 422, "Input should be a valid boolean"),
    "a version that is no number": ({"version": "x"}, 422, "Input should be a valid integer"),
    "notes that are too long": ({"files_metadata": "x" * 8001}, 422, "files_metadata exceeds the 8000-byte limit"),
}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused(client, seen, owner, case):
    fields, status, said = REFUSED[case]
    seen.clear()
    files = [("files", ("a.png", b"x", "image/png"))] if "files_metadata" in fields else None
    answer = posted(client, owner, fields, files=files)
    assert (answer.status_code, seen) == (status, {})
    assert said in answer.text


def test_why_a_model_cannot_be_built_is_in_the_log(client, caplog):
    fields, _, _ = REFUSED["a schema whose field is one of Pydantic's own words"]
    assert posted(client, "agents/ada", fields).status_code == 422
    assert [record.getMessage() for record in caplog.records if "output_schema" in record.getMessage()] != []


@pytest.mark.parametrize("word", ["no", "OFF", "0", "f", "n"])
def test_flags_have_more_than_one_word(client, word):
    assert posted(client, "agents/ada", {"stream": word}).json()["status"] == "COMPLETED"


# Name and type of an upload → class, type and format of the medium that it is.
UPLOADS = {
    ("a.png", "image/png"): ("Image", "image/png", "png"),
    ("x.JPG", "application/octet-stream"): ("Image", "application/octet-stream", "jpg"),
    ("a.wav", "audio/wav"): ("Audio", "audio/wav", "wav"),
    ("a.mp4", "video/mp4"): ("Video", "video/mp4", "mp4"),
    ("a.pdf", "application/pdf"): ("File", "application/pdf", "pdf"),
    ("a.md", "application/octet-stream"): ("File", "text/markdown", "md"),
    ("a.zip", "application/x-zip-compressed"): ("File", "application/zip", "zip"),
    ("notes", "text/plain"): ("File", "text/plain", "plain"),
}


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("upload", UPLOADS)
def test_uploads_are_known_by_their_type_or_name(client, seen, owner, upload):
    name, kind = upload
    assert posted(client, owner, {}, files=[("files", (name, b"x", kind))]).status_code == 200
    [medium] = seen["media"]
    assert (type(medium).__name__, medium.mime_type, medium.format) == UPLOADS[upload]
    assert getattr(medium, "filename", name) == name


@pytest.mark.parametrize("upload", [("a.xyz", "application/octet-stream"), ("a.svg", "image/svg+xml")])
def test_an_upload_that_nothing_takes_is_refused(client, upload):
    answer = posted(client, "agents/ada", {}, files=[("files", (upload[0], b"x", upload[1]))])
    assert (answer.status_code, answer.json()) == (400, {"detail": "Unsupported file type"})


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ('[{"a": 1}, null]', [{"a": 1}, None]),
        ('[5, {"b": 2}, {"c": 3}]', [None, {"b": 2}]),
        ("[]", [None, None]),
        ("nope", [None, None]),
        ("[" * 7000, [None, None]),
        ('{"a": 1}', [None, None]),
    ],
)
def test_notes_go_with_uploads_by_position(client, seen, notes, expected):
    files = [("files", ("a.png", b"x", "image/png")), ("files", ("b.png", b"y", "image/png"))]
    assert posted(client, "agents/ada", {"files_metadata": notes}, files=files).status_code == 200
    assert [medium.metadata for medium in seen["media"]] == expected


def test_an_empty_upload_is_left_out(client, seen):
    files = [("files", ("a.png", b"", "image/png")), ("files", ("b.png", b"y", "image/png"))]
    assert posted(client, "agents/ada", {"files_metadata": '[{"a": 1}, {"b": 2}]'}, files=files).status_code == 200
    assert [medium.metadata for medium in seen["media"]] == [{"b": 2}]


def test_media_of_fields_come_after_uploads(client, seen):
    fields = {"images": '[{"url": "http://127.0.0.1:9/a.png"}]'}
    assert posted(client, "agents/ada", fields, files=[("files", ("a.png", b"x", "image/png"))]).status_code == 200
    assert [medium.url for medium in seen["media"]] == [None, "http://127.0.0.1:9/a.png"]


def test_numbers_of_media_may_be_words(client, seen):
    given = [{"url": "http://127.0.0.1:9/a.mp4", "width": "640.0", "fps": "29.5", "height": 480.0, "unknown": 1}]
    assert posted(client, "agents/ada", {"videos": json.dumps(given)}).status_code == 200
    [video] = seen["media"]
    assert (video.width, video.height, video.fps) == (640, 480, 29.5)


def test_a_client_cannot_fill_the_log_with_names(client, caplog, monkeypatch):
    monkeypatch.setattr("wherry.core.agent.run_arguments._warned", set())
    for batch in range(12):
        names = {f"odd_{batch}_{number}": "x" for number in range(200)}
        assert posted(client, "agents/ada", names).status_code == 200
    said = [record for record in caplog.records if "has no keyword" in record.getMessage()]
    assert 0 < len(said) <= 1000
