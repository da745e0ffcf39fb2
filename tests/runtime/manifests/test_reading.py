"""Manifest files: YAML and JSON, and complaints that name file and line."""

import pytest

from wherry.manifests import ManifestError, read_data
from wherry.manifests.registry import agents_of, read_agents


@pytest.mark.parametrize(
    ("name", "text"), [("a.yaml", "id: x\nmodel_ref: openai:y"), ("a.json", '{"id": "x", "model_ref": "openai:y"}')]
)
def test_yaml_and_json_say_the_same(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    assert read_data(path) == {"id": "x", "model_ref": "openai:y"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "id: x\nname: [", "line 2 is not YAML|line 3 is not YAML"),
        ("a.yaml", "id: \x07", "is not YAML"),
        ("a.json", '{\n"id": }', "line 2 is not JSON"),
        ("a.yaml", "id: x\nname: y\nid: z", "line 3: 'id' stands twice"),
        ("a.yaml", "timeouts: {run: 1, run: 2}", "line 1: 'run' stands twice"),
        ("a.yaml", "metadata:\n  1: x\n  0x1: y", "line 3: '0x1' stands twice"),
        ("a.yaml", "metadata:\n  true: x\n  yes: y", "line 3: 'yes' stands twice"),
        ("a.yaml", "metadata:\n  null: x\n  ~: y", "line 3: '~' stands twice"),
        ("a.yaml", "metadata:\n  1: x\n  '1': y", "line 3: '1' stands twice"),
        ("a.yaml", "id: !!int x", "cannot be read: invalid literal"),
        ("a.yaml", "id: !!timestamp x", "a value that cannot be read"),
        ("a.yaml", f"id: {'9' * 5000}", "a value that cannot be read"),
        ("a.json", f'{{"id": {"9" * 5000}}}', "a value that cannot be read"),
        ("a.json", '{"id": 1, "id": 2}', "'id' stands twice"),
        ("a.yaml", f"id: {'[' * 2000}{']' * 2000}", "nested too deeply"),
        ("a.json", f"{'[' * 100_000}{']' * 100_000}", "nested too deeply"),
        ("a.yaml", "id: !!python/object/apply:os.getcwd []", "line 1 is not YAML"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(tmp_path, name, text, said):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ManifestError, match=said):
        read_data(path)


def test_a_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(ManifestError, match="cannot be read"):
        read_data(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ManifestError, match="cannot be read"):
        read_data(tmp_path / "b.yaml")


def test_a_file_may_hold_agents_and_providers(tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(
        "agents:\n- {id: a, model_ref: 'openai:m'}\n- {id: b, model_ref: 'openai:m'}\n"
        "providers:\n- {kind: toolkit, id: sums, factory: 'wherry.tools.calculator:CalculatorTools'}\n"
    )
    agents, providers = read_agents(path)
    assert ([one.id for one in agents], [one.id for one in providers]) == (["a", "b"], ["sums"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agents: [{id: a, model_ref: 'o:m'}, {id: a, model_ref: 'o:m'}]", "two agents are called 'a'"),
        ("agents: []\nmodels: []", "models: is not a field"),
        ("providers: 5", "must be a list"),
        ("- 1", "must be a mapping"),
        ("agents: 5", "must be a list"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path, text, said):
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(ManifestError, match=said):
        read_agents(path)


def test_a_value_of_very_many_parts_is_shown_short():
    value = ["x"] * 9
    for _ in range(11):
        value = [value] * 9
    with pytest.raises(ManifestError, match="id: must be str") as caught:
        agents_of({"id": value, "model_ref": "o:m"})
    assert len(str(caught.value)) < 1000


HERE = "id: a\nmodel_ref: openai:x\n"


def read(tmp_path, text, name="a.yaml"):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return read_data(path)


def test_a_mapping_takes_over_from_others_at_any_depth(tmp_path):
    text = "shared: {deep: {base: &base {k: 1, l: 1}, mine: &mine {<<: *base, k: 2}}}\nz:\n  <<: *mine\n  m: 3\n"
    data = read(tmp_path, text)
    assert data["z"] == {"k": 2, "l": 1, "m": 3}
    assert data["shared"]["deep"]["mine"] == {"k": 2, "l": 1}


def test_what_looks_like_a_date_is_a_text(tmp_path):
    assert read(tmp_path, HERE + "metadata: {since: 2026-01-01}\n")["metadata"] == {"since": "2026-01-01"}


MANY = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
MERGED = "a: &a {k: 1}\n" + "".join(
    f"{name}: &{name}\n  <<: [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("m: &m {self: *m}\n", "an alias stands for something that it is a part of"),
        ("m: &m [[*m]]\n", "an alias stands for something that it is a part of"),
        ("? [a, b]\n: 1\n", "line 1 is not YAML: found unhashable key"),
        ("m: !!set {a, b}\n", "set has no form in JSON"),
        ("m: !!binary aGk=\n", "bytes has no form in JSON"),
        (MANY, "stands for more than 1000000 values"),
        (MERGED, "stands for more than 1000000 values"),
    ],
    ids=["itself", "itself-in-lists", "key", "set", "bytes", "many", "merged"],
)
def test_what_json_cannot_say_is_refused(tmp_path, text, said):
    with pytest.raises(ManifestError, match=said):
        read(tmp_path, text)


def test_half_of_a_character_is_refused(tmp_path):
    with pytest.raises(ManifestError, match="half of a character"):
        read(tmp_path, '{"id": "a", "name": "\\ud83d"}', "a.json")
