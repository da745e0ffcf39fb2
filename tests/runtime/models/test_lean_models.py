"""Models hold only the settings they were given; everything else about them is as of a plain dataclass."""

import dataclasses
import inspect
from copy import copy, deepcopy

import pytest

from wherry.models.anthropic import Claude
from wherry.models.openai import OpenAIChat, OpenAIResponses

KINDS = (OpenAIChat, OpenAIResponses, Claude)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])


@each_kind
def test_a_model_holds_what_it_was_given_and_reads_the_rest(kind):
    model = kind(id="m", temperature=0.5)
    assert {"id", "temperature"} <= set(vars(model))
    assert len(vars(model)) < 6
    for one in dataclasses.fields(kind):
        if one.name not in vars(model) and one.default is not dataclasses.MISSING:
            assert getattr(model, one.name) == one.default


@each_kind
def test_it_compares_copies_and_replaces_as_a_dataclass(kind):
    model = kind(id="m", temperature=0.5)
    assert model == kind(id="m", temperature=0.5)
    assert model != kind(id="m", temperature=0.6)
    assert copy(model) == deepcopy(model) == model
    assert dataclasses.replace(model, temperature=0.6).temperature == 0.6
    assert "temperature=0.5" in repr(model)
    assert "temperature" in inspect.signature(kind).parameters


@each_kind
def test_an_unknown_setting_is_refused_by_name(kind):
    with pytest.raises(TypeError, match="temperatur"):
        kind(id="m", temperatur=0.5)


@each_kind
def test_settings_may_change_later_and_stay_the_instance_s_own(kind):
    one, other = kind(id="m"), kind(id="m")
    one.temperature = 0.1
    assert (one.temperature, other.temperature) == (0.1, None)


@each_kind
def test_what_a_subclass_sets_on_its_class_is_no_default(kind):
    """As in Agno, whose dataclasses assign every default to the instance."""

    class Warm(kind):
        temperature = 0.9

    assert Warm(id="m").temperature is None


@each_kind
def test_a_subclass_with_fields_of_its_own_takes_them(kind):
    @dataclasses.dataclass
    class Named(kind):
        flavour: str = "plain"

    assert Named(id="m", flavour="salt").flavour == "salt"
    assert Named(id="m").id == "m"


def test_the_provider_is_settled_as_ever():
    assert OpenAIChat(id="m", provider=None, name="Mine").provider == "Mine (m)"
