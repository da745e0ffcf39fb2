import pytest
from hypothesis import given
from hypothesis import strategies as st

from wherry_portal.evidence import Evidence, cell

STATUSES = ["passed", "failed", "missing", "stale"]


def judged(*statuses):
    return [Evidence(f"test:{number}", status, "") for number, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("wanted", "statuses", "shown"),
    [
        ("available", ["passed", "passed"], "available"),
        ("limited", ["passed"], "limited"),
        ("available", [], "unverified"),
        ("available", ["passed", "missing"], "unverified"),
        ("limited", ["passed", "stale"], "stale"),
        ("available", ["stale", "failed", "missing"], "failed"),
        ("planned", ["passed"], "planned"),
        ("not_migrated", [], "not_migrated"),
    ],
)
def test_a_cell_shows_what_its_evidence_bears_out(wanted, statuses, shown):
    assert cell(wanted, judged(*statuses)).shown == shown


@given(st.sampled_from(["available", "limited"]), st.lists(st.sampled_from(STATUSES), max_size=5))
def test_only_evidence_that_passed_throughout_proves_a_claim(wanted, statuses):
    made = cell(wanted, judged(*statuses))
    assert made.proven == (bool(statuses) and set(statuses) == {"passed"})
    assert made.proven != made.open
