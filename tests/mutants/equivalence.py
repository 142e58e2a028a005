"""Is a mutant the shipped pathway in other words? Shown for every patient, not tried on some.

The tables are compared by the solver; so are the derived facts that are shown, and every condition
of checkpoints, tracks and invariants. What no condition decides has to be written alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any, Final

from tests.public.cases import TODAY
from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.proof.asking import Asker, OutOfTimeError
from workflow.proof.difference import EVERYTHING, differences
from workflow.proof.encoding import Encoding
from workflow.proof.logic import Claim, Ternary, either, no, same
from workflow.proof.symbols import Symbols
from workflow.rules import Kind, Rules, rules_of

_SOLVED: Final = {"when", "condition", "unless", "close_when"}
_TABLES: Final = ("derived", "fact_lists", "early_routes", "gates", "parameters", "on_record")


def told_apart(mutant: Pathway, seconds: float) -> str:
    """What is different about the mutant, or nothing: it is the same for every patient.

    Raises OutOfTimeError when it cannot be told in time.
    """
    shipped = load_shipped("relapsed_all")
    if _unsolved(mutant) != _unsolved(shipped):
        return "something that no patient shows is written otherwise"
    if _same_derived_facts(shipped, mutant, seconds):
        return ""
    comparison = differences(
        shipped, mutant, today=TODAY, clock=monotonic, seconds=seconds, aspects=EVERYTHING
    )
    if comparison.found:
        first = comparison.found[0]
        return f"{first.old}; mutant: {first.new}; {dict(first.case)}"
    if comparison.undecided:
        raise OutOfTimeError
    return _read_otherwise(shipped, mutant, seconds)


def _same_derived_facts(shipped: Pathway, mutant: Pathway, seconds: float) -> bool:
    """Whether only derived facts are written otherwise, and each has the same values for everybody.

    Then whatever rests on them is the same too, and need not be compared.
    """
    contents = [pathway.model_dump(by_alias=True) for pathway in (shipped, mutant)]
    derived = [content.pop("derived") for content in contents]
    changed = [name for name in derived[0] if derived[0][name] != derived[1].get(name)]
    if contents[0] != contents[1] or not changed:
        return False
    symbols = Symbols(shipped)
    asker = Asker(symbols, monotonic, monotonic() + seconds)
    readings = [Encoding(rules_of(pathway), symbols) for pathway in (shipped, mutant)]
    try:
        return all(_reads_alike(asker, readings, name) for name in changed)
    except OutOfTimeError:
        return False


def _reads_alike(asker: Asker, readings: list[Encoding], name: str) -> bool:
    if readings[0].rules.pathway.derived[name].rows:
        one, other = (reading.possible(name) for reading in readings)
        return all(asker.find(no(same(one[value], other[value]))) is None for value in one)
    return False


def _unsolved(pathway: Pathway) -> Any:  # noqa: ANN401 - plain content
    """What no table and no condition decides: times of checkpoints, exits, facts, texts."""
    content = pathway.model_dump(by_alias=True)
    for section in _TABLES:
        content.pop(section)
    for name, state in content["states"].items():
        state["may_go"] = sorted(rules_of(pathway).edges[name])
        state["routes"] = sorted(_offers(pathway, name))
    return _without_conditions(content)


def _offers(pathway: Pathway, name: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """What no table answers: the steps and options that an MDT may choose in each of its rows."""
    for row in rules_of(pathway).rows[name]:
        offered = row.route.may_go or pathway.states[name].may_go
        steps = sorted(offered) if row.kind is Kind.MDT else []
        if steps or row.route.alternatives:
            yield row.route.id, steps, sorted(row.route.alternatives)


def _without_conditions(content: Any) -> Any:  # noqa: ANN401 - plain content
    if isinstance(content, dict):
        kept = ((key, inner) for key, inner in content.items() if key not in _SOLVED)
        return {key: _without_conditions(inner) for key, inner in kept}
    if isinstance(content, list | tuple):
        return [_without_conditions(inner) for inner in content]
    return content


def _read_otherwise(shipped: Pathway, mutant: Pathway, seconds: float) -> str:
    """The first thing beside the tables that is read otherwise for some patient, or nothing."""
    symbols = Symbols(shipped)
    asker = Asker(symbols, monotonic, monotonic() + seconds)
    readings = [Encoding(rules_of(pathway), symbols) for pathway in (shipped, mutant)]
    others = dict(_claims(readings[1]))
    for name, claim in _claims(readings[0]):
        if asker.find(no(same(claim, others[name]))) is not None:
            return f"{name} is read otherwise"
    return ""


def _claims(reading: Encoding) -> Iterator[tuple[str, Claim]]:
    rules: Rules = reading.rules
    report = rules.pathway.report
    for name in (report.site, *report.timing.values(), *report.risk.values()) if report else ():
        for value, claim in reading.possible(name).items():
            yield f"{name} {value}", claim
    conditions = {f"{owner} {name}": node for (owner, name), node in rules.checkpoint_whens.items()}
    conditions |= {f"track {name}": node for name, node in rules.tracks}
    conditions |= {f"closing of {name}": node for name, node in rules.track_closing.items()}
    conditions |= {invariant.id: invariant.unless for invariant in rules.invariants}
    for name, node in conditions.items():
        truth: Ternary = reading.truth(node)
        yield f"{name} met", either(truth.true)
        yield f"{name} not met", either(truth.false)
