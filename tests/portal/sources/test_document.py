import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.sources import SourceError, dump_yaml, load
from wherry_portal.sources.document import _loader, dotted, parse, plain_scalar

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(max_size=20)
    | st.sampled_from(["1e5", "no", "2026-11-22", "012", "~", "1:30", ".5"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def faults(text):
    with pytest.raises(SourceError) as refused:
        parse(text, "f.yaml")
    return [str(complaint) for complaint in refused.value.complaints]


def test_every_field_and_entry_has_its_line():
    source = parse("a: 1\nb:\n  - x: yes\n    y: 2026-11-22\n  - 'no'\n", "f.yaml")
    assert source.data == {"a": 1, "b": [{"x": "yes", "y": "2026-11-22"}, "no"]}
    assert [source.line(path) for path in [(), ("a",), ("b", 0, "y"), ("b", 1), ("b", 0, "z"), ("c",)]] == [
        1,
        1,
        4,
        5,
        3,
        1,
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (text, text)
            for text in ("012", "1:30", "yes", "2026-11-22", "1_000", "+1", ".inf", "1" * 20, "1" * 38 + "e1")
        ),
        ("-1", -1),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        *((repr(one), one) for one in (0.055491621908617166, -2.2250738585072014e-308)),
        ("true", True),
        ("null", None),
        ("~", None),
    ],
)
def test_only_the_scalars_of_json_are_more_than_text(text, value):
    assert plain_scalar(text) == value
    assert type(plain_scalar(text)) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a: is given twice; first on line 1"),
        ("a: &x 1\nb: *x\n", 2, "anchors and aliases"),
        ("a: 1\nb: [\n", 3, "not valid YAML"),
        ("a:\n\t- b\n", 2, "not valid YAML"),
        ("a: 1\n---\nb: 1\n", 2, "single document"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "tags"),
        ("a: 1\nb: !thing {c: 1}\n", 2, "tags"),
        ("? [a]\n: 1\n", 1, "a key has to be"),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("[" * 200 + "]" * 200, 1, "nested deeper"),
        ("[" * 20000 + "]" * 20000, 1, "nested deeper"),
        ("a: 1\nb:\n" + "- " * 100_000, 3, "nested deeper"),
        ("[" * 100_000, 1, "nested deeper"),
        ("a: 1\nb:\n  " + "[" * 2000 + "]" * 2000, 3, "nested deeper"),
        ("a: \x00", 1, "not valid YAML"),
    ],
)
def test_what_these_files_do_not_allow_is_refused_with_its_line(text, line, says):
    found = faults(text)
    assert any(complaint.startswith(f"f.yaml:{line}:") and says in complaint for complaint in found), found


@pytest.mark.parametrize("levels", [200, 590, 20_000])
def test_what_is_nested_too_deep_is_refused_by_the_reader_in_python_too(monkeypatch, levels):
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    _loader.cache_clear()
    try:
        for text in ("[" * levels + "]" * levels, "- " * levels):
            assert any(line.startswith("f.yaml:1:") and "nested deeper" in line for line in faults(text))
    finally:
        _loader.cache_clear()


def test_a_file_in_the_middle_of_a_merge_says_so_and_what_to_do():
    with pytest.raises(SourceError, match="two versions stand in the file") as refused:
        parse("team: a\nitems:\n<<<<<<< HEAD\n- id: x\n=======\n- id: y\n>>>>>>> branch\n", "f.yaml")
    assert refused.value.complaints[0].line == 3
    assert "each item once" in refused.value.hint
    assert parse("text: |\n  <<<<<<< HEAD\n", "f.yaml").data == {"text": "<<<<<<< HEAD\n"}


def test_of_thousands_of_faults_the_first_hundred_are_shown():
    with pytest.raises(SourceError) as refused:
        parse("a: 1\n" * 1302, "f.yaml")
    lines = str(refused.value).splitlines()
    assert len(refused.value.complaints) == 1301
    assert lines[99].startswith("f.yaml:101: ")
    assert lines[100] == "and 1,201 more; mend these first"


def test_all_doubled_keys_are_reported_at_once():
    assert len(faults("a: 1\na: 2\nb: {c: 1, c: 2}\n")) == 2


@pytest.mark.parametrize(("raw", "says"), [(None, "No such file"), (b"a: 1\nb: \xff\n", ":2: not UTF-8: byte 0xff")])
def test_a_file_that_cannot_be_read_is_a_complaint_too(tmp_path, raw, says):
    path = tmp_path / "f.yaml"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(SourceError, match=says):
        load(path)


def test_a_folder_in_place_of_a_file_is_a_complaint(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        load(tmp_path)


def test_paths_are_shown_as_people_write_them():
    assert dotted(("items", 2, "a-b", "x y")) == "items[2].a-b['x y']"


@given(st.dictionaries(st.text(max_size=8), PLAIN, min_size=1, max_size=5))
def test_what_is_written_is_read_back_unchanged(data):
    text = dump_yaml(data, heading="made by a test")
    assert parse(text, "f.yaml").data == data
