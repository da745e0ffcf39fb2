import pytest

from wherry_portal.checklists import CHECKLISTS, Automatic, Signed, find_checklist, load_checklist
from wherry_portal.sources import SourceError, find_root

GOOD = """schema: 1
id: mine
title: Mine
purpose: To test.
items:
  - {id: one, text: t, why: w, role: r, expected_minutes: 1, kind: automatic, command: "wherry doctor"}
  - {id: two, text: t, why: w, role: r, expected_minutes: 2.5, kind: signed, proof: p, optional: true}
  - {id: three, text: t, why: w, role: r, expected_minutes: 1, kind: automatic, evidence: ["test:tests/*"]}
"""


def write(tmp_path, text=GOOD):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_checklist_becomes_typed_items_in_order(tmp_path):
    checklist = load_checklist(write(tmp_path))
    assert [type(item) for item in checklist.items] == [Automatic, Signed, Automatic]
    assert checklist.item("two").optional
    assert checklist.item("three").evidence == ("test:tests/*",)
    assert checklist.item("four") is None
    assert checklist.expected_minutes == 4.5
    assert checklist.items[1].line == 7


@pytest.mark.parametrize("name", CHECKLISTS)
def test_our_own_checklists_load_and_fit_their_budget(name):
    checklist = load_checklist(find_checklist(name, find_root()))
    assert checklist.id == name
    if checklist.budget_minutes:
        assert checklist.expected_minutes <= checklist.budget_minutes


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("id: mine", "id: other", 2, "id: has to equal the file's name 'mine'"),
        ("id: two", "id: one", 7, "items[1].id: 'one' is already used on line 6"),
        ('"test:tests/*"', '"fixture:a/"', 8, "half a name"),
        ("wherry doctor", "wherry assess {projekt}", 6, "{projekt} is not filled in"),
        ("proof: p", "command: ls", 7, "command: belongs to automatic items only"),
        (", proof: p", "", 7, "proof: is missing"),
        ('command: "wherry doctor"', 'command: "x", evidence: ["test:a"]', 6, "either command or evidence"),
    ],
)
def test_a_fault_is_refused_with_line_and_field(tmp_path, old, new, line, says):
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(SourceError) as refused:
        load_checklist(path)
    assert any(f"{path}:{line}: " in str(one) and says in str(one) for one in refused.value.complaints), refused.value


def test_a_project_without_a_checklist_gets_the_one_that_ships(tmp_path):
    assert load_checklist(find_checklist("pilot", tmp_path)).id == "pilot"
    (tmp_path / "checklists").mkdir()
    own = tmp_path / "checklists" / "pilot.yaml"
    own.write_text(GOOD.replace("mine", "pilot"), encoding="utf-8")
    assert find_checklist("pilot", tmp_path) == own
