"""Conditions in three truth values: quick and explained agree, and knowing more flips none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.conditions import Node
from workflow.operands import Evaluation
from workflow.pathway import Pathway
from workflow.vocabulary import CompileError, Vocabulary

AS_OF = date(2026, 11, 23)
SMALL = Pathway.model_validate(
    {
        "id": "small",
        "title": "A small pathway",
        "version": "1",
        "owner": "nobody",
        "reviewed": {"by": "nobody", "on": "2026-01-01", "expires": "2026-07-01"},
        "safety": ["synthetic"],
        "sources": {"X": "made up"},
        "parameters": {
            "five": {"value": 5, "unit": "%", "source": "X"},
            "six_months": {"value": 6, "unit": "mo", "source": "X"},
            "low": {"value": "0.0001", "unit": "1", "source": "X"},
        },
        "facts": {
            "a": {"type": "one_of", "values": ["p", "q", "r"], "title": "a"},
            "b": {"type": "one_of", "values": ["p", "q"], "title": "b"},
            "blasts": {"type": "number", "unit": "%", "range": [0, 100], "title": "blasts"},
            "first": {"type": "date", "title": "first"},
            "second": {"type": "date", "title": "second"},
            "mrd": {"type": "measurement", "unit": "1", "title": "MRD"},
        },
        "derived": {
            "kind": {
                "title": "kind",
                "values": ["one", "two", "three"],
                "rows": [
                    {"when": {"a": "p"}, "is": "one"},
                    {"when": {"at_least": ["blasts", "five"]}, "is": "two"},
                    {"otherwise": "three"},
                ],
            },
            "is_p": {"title": "a is p", "condition": {"a": "p"}},
        },
        "start": "s",
        "states": {"s": {"title": "s", "final": True}},
    }
)
VOCABULARY = Vocabulary(SMALL)

DATES = st.dates(date(2020, 1, 1), date(2024, 12, 31))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "a": st.sampled_from(["p", "q", "r"]),
        "b": st.sampled_from(["p", "q"]),
        "blasts": st.decimals(0, 100, places=1),
        "first": DATES,
        "second": DATES,
    },
)
LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(["is_p"]),
    st.sampled_from(["p", "q", "r"]).map(lambda value: {"a": value}),
    st.lists(st.sampled_from(["p", "q"]), min_size=1, unique=True).map(
        lambda values: {"b": values}
    ),
    st.sampled_from(["one", "two", "three"]).map(lambda value: {"kind": value}),
    st.sampled_from(["below", "at_most", "above", "at_least"]).map(
        lambda op: {op: ["blasts", "five"]}
    ),
    st.sampled_from(["before", "on_or_after"]).map(
        lambda op: {op: ["second", {"months_after": ["first", "six_months"]}]}
    ),
)


def _compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        parts.map(lambda p: {"all": p}),
        parts.map(lambda p: {"any": p}),
        inner.map(lambda p: {"not": p}),
    )


MONOTONE = st.recursive(LEAVES, _compound, max_leaves=8)
ON_RECORD = st.one_of(
    LEAVES.map(lambda part: {"recorded": part}),
    st.sampled_from(["a", "kind", "first"]).map(lambda name: {"known": name}),
    st.sampled_from(["b", "is_p"]).map(lambda name: {"unknown": name}),
)
ANYTHING = st.recursive(st.one_of(LEAVES, ON_RECORD), _compound, max_leaves=8)


def _node(raw: object) -> Node:
    return VOCABULARY.condition(raw, ())


def _evaluation(values: Mapping[str, Any]) -> Evaluation:
    return Evaluation(dict(values), AS_OF)


@given(raw=ANYTHING, values=VALUES)
def test_the_quick_answer_is_the_explained_answer(raw: object, values: dict[str, Any]) -> None:
    """The compiled closure and the explanation, which walks the tree on its own, agree."""
    node = _node(raw)

    explained = node.explain(_evaluation(values)).truth

    assert node.test(_evaluation(values)) is explained


@settings(max_examples=300)
@given(raw=MONOTONE, values=VALUES, more=VALUES)
def test_filling_in_an_unknown_fact_never_turns_met_into_not_met(
    raw: object, values: dict[str, Any], more: dict[str, Any]
) -> None:
    """A known answer stays what it is however the unknown facts are filled in."""
    node = _node(raw)
    before = node.test(_evaluation(values))

    after = node.test(_evaluation({**more, **values}))

    assert before is None or after is before


@given(raw=ANYTHING, values=VALUES, more=VALUES)
def test_an_unknown_answer_names_facts_that_are_unknown(
    raw: object, values: dict[str, Any], more: dict[str, Any]
) -> None:
    """Missing facts are named when, and only when, the answer is unknown."""
    node = _node(raw)
    truth = node.test(_evaluation(values))

    missing = node.unknowns(_evaluation(values))

    assert bool(missing) is (truth is None)
    assert not missing & set(values)
    unrelated = {name: value for name, value in more.items() if name not in missing}
    if truth is None and not _asks_what_is_on_record(raw):
        assert node.test(_evaluation({**unrelated, **values})) is None


def _asks_what_is_on_record(raw: object) -> bool:
    return any(word in repr(raw) for word in ("recorded", "known"))


@given(raw=ON_RECORD, values=VALUES)
def test_what_is_on_record_is_never_unknown(raw: object, values: dict[str, Any]) -> None:
    """`recorded`, `known` and `unknown` answer yes or no whatever is missing."""
    assert _node(raw).test(_evaluation(values)) is not None


@given(values=VALUES, more=VALUES)
def test_knowing_more_leaves_fewer_values_possible(
    values: dict[str, Any], more: dict[str, Any]
) -> None:
    """A derived fact is the set of values still possible; it only ever shrinks."""
    table = VOCABULARY.derive("kind", ())
    before = table.possible(_evaluation(values))  # type: ignore[union-attr] # a table, not a number

    after = table.possible(_evaluation({**more, **values}))  # type: ignore[union-attr] # as above

    assert after <= before


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("is_q", "unknown guard is_q; did you mean is_p?"),
        ({"c": "p"}, "unknown fact c"),
        ({"a": "z"}, "'z' is not one of p, q, r, unknown"),
        ({"kind": "four"}, "kind is never four"),
        ({"below": ["blasts", "low"]}, "units differ: blasts is in %, low in 1"),
        ({"below": ["blasts", 5]}, "5 is written out; make it a parameter"),
        ({"before": ["second", {"months_after": ["first", "five"]}]}, "needs a parameter in mo"),
        ({"before": ["a", "first"]}, "a is not a date"),
        ({"a": "unknown"}, "write {unknown: a}"),
        ({"all": []}, "needs a list of conditions"),
        ({"a": "p", "b": "q"}, "exactly one key"),
        ({"mrd.colour": "red"}, "mrd has no part colour"),
    ],
)
def test_a_condition_that_cannot_be_read_says_why(raw: object, words: str) -> None:
    """The error names the word that is wrong and what would be right."""
    with pytest.raises(CompileError) as caught:
        _node(raw)

    assert words in str(caught.value)
