"""A pathway made ready to decide: every condition compiled once, every table flattened.

Built once per pathway version (`rules_of`) and never changed afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Final

from workflow.conditions import Always, FactList, Node
from workflow.derived import Derived, DerivedList
from workflow.operands import Evaluation, Test
from workflow.pathway import Fact, Pathway, Route
from workflow.strict_yaml import Where
from workflow.vocabulary import CompileError, Vocabulary

MAX_ROWS: Final = 5000
"""Twelve times the rows of the largest pathway there is; each takes time when a file is read."""

Missing = Callable[[Evaluation], set[str]]


class Kind(Enum):
    """What a row does when it is true."""

    GO = "go"
    MDT = "mdt"
    BLOCK = "block"
    NOTE = "note"
    ENTER = "enter"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """One row of a state's table. `jump` is where an ENTER that fails, or a LEAVE, goes on."""

    route: Route
    rule: str
    kind: Kind
    condition: Node
    test: Test
    target: str | None
    reason: str | None
    warns: tuple[tuple[str, Node], ...]
    tracks: tuple[tuple[str, Node], ...]
    option: OptionChoice | None
    missing: FactList | frozenset[str] | None
    early: bool
    gate_when: Node
    jump: int = 0


@dataclass(frozen=True, slots=True)
class OptionChoice:
    """The therapy option of a row: the first true line; `possible` also says what is undecided."""

    lines: tuple[tuple[Node, str], ...]
    list_: DerivedList | None = None

    def choose(self, ev: Evaluation) -> tuple[str | None, bool]:
        """The option and whether it is certain; (None, True) when no line applies."""
        if self.list_ is not None:
            chosen = self.list_.chosen(ev)
            return (None, False) if chosen is None else ("|".join(chosen) or None, True)
        for node, option in self.lines:
            truth = node.test(ev)
            if truth is True:
                return option, True
            if truth is None:
                return None, False
        return None, True

    def unknowns(self, ev: Evaluation) -> set[str]:
        """The facts that keep the choice open."""
        if self.list_ is not None:
            return self.list_.unknowns(ev)
        for node, _option in self.lines:
            if node.test(ev) is None:
                return node.unknowns(ev)
        return set()


@dataclass(frozen=True, slots=True)
class CompiledInvariant:
    """An invariant and its test; `options` and `states` are what it guards."""

    id: str
    title: str
    options: frozenset[str]
    states: frozenset[str]
    from_states: frozenset[str]
    unless: Node
    test: Test
    hard: bool


@dataclass(frozen=True)
class Rules:
    """Everything `decide` needs of one pathway version."""

    pathway: Pathway
    vocabulary: Vocabulary
    rows: Mapping[str, tuple[CompiledRow, ...]]
    edges: Mapping[str, tuple[str, ...]]
    tracks: tuple[tuple[str, Node], ...]
    track_closing: Mapping[str, Node]
    invariants: tuple[CompiledInvariant, ...]
    checkpoint_whens: Mapping[tuple[str, str], Node] = field(default_factory=dict)

    @cached_property
    def final_states(self) -> frozenset[str]:
        """The states in which nothing is expected any more."""
        return frozenset(name for name, state in self.pathway.states.items() if state.final)

    @cached_property
    def following_facts(self) -> tuple[tuple[str, Fact], ...]:
        """The facts that follow from a step by themselves."""
        return tuple(
            (name, fact)
            for name, fact in self.pathway.facts.items()
            if fact.follows or fact.on_new_episode
        )

    def derived(self, name: str) -> Derived:
        """The derived fact of that name."""
        return self.vocabulary.derived[name]  # type: ignore[return-value] # numbers are not reported


@lru_cache(maxsize=64)
def rules_of(pathway: Pathway) -> Rules:
    """The compiled rules of this pathway version, built on first use; raises CompileError."""
    return compile_rules(pathway)


def compile_rules(pathway: Pathway) -> Rules:
    """Compile every condition; raises CompileError at the first field that cannot be read."""
    vocabulary = Vocabulary(pathway)
    for name in pathway.derived:
        vocabulary.derive(name, ("derived", name))
    for name in pathway.fact_lists:
        vocabulary.fact_list(name, ("fact_lists", name))
    compiler = _Compiler(vocabulary)
    return Rules(
        pathway=pathway,
        vocabulary=vocabulary,
        rows={name: compiler.state_rows(name) for name in pathway.states},
        edges={name: compiler.edges(name) for name in pathway.states},
        tracks=tuple(
            (name, vocabulary.condition(track.when, ("tracks", name, "when")))
            for name, track in pathway.tracks.items()
            if track.when is not None
        ),
        track_closing={
            name: vocabulary.condition(track.close_when, ("tracks", name, "close_when"))
            for name, track in pathway.tracks.items()
            if track.close_when is not None
        },
        invariants=compiler.invariants(),
        checkpoint_whens=compiler.checkpoint_whens(),
    )


class _Compiler:
    """Turns the written routes of a pathway into flat tables of compiled rows."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.pathway = vocabulary.pathway
        self._rows = 0

    def state_rows(self, state: str) -> tuple[CompiledRow, ...]:
        """The early routes, then the state's own, gates put in place."""
        model = self.pathway.states[state]
        rows: list[CompiledRow] = []
        if model.final:
            return ()
        if model.early_routes:
            for index, route in enumerate(self.pathway.early_routes):
                if route.go != state:
                    rule = route.rules.get(state, route.rule or route.id)
                    rows.append(self._row(route, rule, ("early_routes", index), early=True))
        for index, route in enumerate(model.routes):
            self._add(rows, route, ("states", state, "routes", index))
        return tuple(rows)

    def _add(self, rows: list[CompiledRow], route: Route, where: Where) -> None:
        if route.gate is None:
            rows.append(self._row(route, route.rule or route.id, where))
            return
        if route.gate not in self.pathway.gates:
            hint = self.vocabulary.suggest(route.gate, self.pathway.gates)
            raise CompileError((*where, "gate"), f"there is no gate {route.gate}{hint}")
        gate = self.pathway.gates[route.gate]
        end = len(rows) + 1 + len(gate)
        enter = self._row(route, route.rule or route.id, where)
        rows.append(_at(enter, Kind.ENTER, end))
        for index, inner in enumerate(gate):
            at: Where = ("gates", route.gate, index)
            rule = route.rules.get(inner.id, route.rule or route.id)
            row = self._row(inner, rule, at, within=enter.condition)
            rows.append(_at(row, row.kind, end))

    def _row(
        self,
        route: Route,
        rule: str,
        where: Where,
        *,
        early: bool = False,
        within: Node | None = None,
    ) -> CompiledRow:
        kind = _kind(route, where)
        self._rows += 1
        if self._rows > MAX_ROWS:
            msg = (
                f"more than {MAX_ROWS:,} rows, counting a gate and the early routes once for each "
                "state; use fewer states or shorter tables"
            )
            raise CompileError(where, msg)
        node = (
            Always()
            if route.when is None
            else self.vocabulary.condition(route.when, (*where, "when"))
        )
        self._check_names(route, where)
        return CompiledRow(
            route=route,
            rule=rule,
            kind=kind,
            condition=node,
            test=node.test,
            target=route.go,
            reason=route.mdt or route.block,
            warns=self._pairs(route.warn, (*where, "warn"), self.pathway.warnings, "warning"),
            tracks=self._pairs(route.tracks, (*where, "tracks"), self.pathway.tracks, "track"),
            option=self._option(route, where),
            missing=self._missing(route, where),
            early=early,
            gate_when=within if within is not None else Always(),
        )

    def _check_names(self, route: Route, where: Where) -> None:
        pathway = self.pathway
        for field_name, names, known in (
            ("go", (route.go,) if route.go else (), pathway.states),
            ("may_go", route.may_go, pathway.states),
            ("alternatives", route.alternatives, pathway.options),
            ("mdt", (route.mdt,) if route.mdt else (), pathway.reasons),
            ("block", (route.block,) if route.block else (), pathway.reasons),
        ):
            for name in names:
                if name not in known:
                    word = {"go": "state", "may_go": "state", "mdt": "reason", "block": "reason"}
                    what = word.get(field_name, field_name.rstrip("s"))
                    hint = self.vocabulary.suggest(name, known)
                    raise CompileError((*where, field_name), f"unknown {what} {name}{hint}")

    def _pairs(
        self, entries: tuple[Any, ...], where: Where, known: Mapping[str, Any], what: str
    ) -> tuple[tuple[str, Node], ...]:
        pairs = []
        for index, entry in enumerate(entries):
            name, raw = (entry, None) if isinstance(entry, str) else next(iter(entry.items()))
            if name not in known:
                hint = self.vocabulary.suggest(name, known)
                raise CompileError((*where, index), f"unknown {what} {name}{hint}")
            at = (*where, index, name)
            node = Always() if raw is None else self.vocabulary.condition(raw, at)
            pairs.append((name, node))
        return tuple(pairs)

    def _option(self, route: Route, where: Where) -> OptionChoice | None:
        if route.options_of is not None:
            derived = self.vocabulary.derived.get(route.options_of)
            if not isinstance(derived, DerivedList):
                raise CompileError(
                    (*where, "options_of"),
                    f"{route.options_of} is not a derived list; name one with items",
                )
            return OptionChoice((), derived)
        if route.option is None:
            return None
        if isinstance(route.option, str):
            lines: tuple[tuple[Node, str], ...] = ((Always(), route.option),)
        else:
            lines = tuple(
                (
                    Always()
                    if row.when is None
                    else self.vocabulary.condition(row.when, (*where, "option", index, "when")),
                    row.is_ or row.otherwise or "",
                )
                for index, row in enumerate(route.option)
            )
        for _node, option in lines:
            if option not in self.pathway.options:
                hint = self.vocabulary.suggest(option, self.pathway.options)
                raise CompileError((*where, "option"), f"unknown option {option!r}{hint}")
        return OptionChoice(lines)

    def _missing(self, route: Route, where: Where) -> FactList | frozenset[str] | None:
        if not route.missing:
            return None
        first = route.missing[0]
        if len(route.missing) == 1 and first in self.pathway.fact_lists:
            return self.vocabulary.fact_list(first, (*where, "missing"))
        for name in route.missing:
            self.vocabulary.fact_ref(name, (*where, "missing"))
        return frozenset(route.missing)

    def edges(self, state: str) -> tuple[str, ...]:
        """Every state a person could move to from here: routes first, then exits; no repeats."""
        model = self.pathway.states[state]
        targets: dict[str, None] = {}
        if not model.final:
            routes = list(model.routes)
            for route in model.routes:
                routes.extend(self.pathway.gates.get(route.gate or "", ()))
            if model.early_routes:
                routes.extend(self.pathway.early_routes)
            for route in routes:
                for name in (route.go, *route.may_go):
                    if name is not None:
                        targets[name] = None
        for name in (*model.may_go, *(model.exits or ())):
            targets[name] = None
        targets.pop(state, None)
        return tuple(targets)

    def invariants(self) -> tuple[CompiledInvariant, ...]:
        compiled = []
        for index, model in enumerate(self.pathway.invariants):
            where: Where = ("invariants", index)
            options = frozenset(model.never.get("option", ()))
            states = frozenset(model.never.get("go", ()))
            node = self.vocabulary.condition(model.unless, (*where, "unless"))
            compiled.append(
                CompiledInvariant(
                    model.id,
                    model.title,
                    options,
                    states,
                    frozenset(model.from_),
                    node,
                    node.test,
                    model.hard,
                )
            )
        return tuple(compiled)

    def checkpoint_whens(self) -> dict[tuple[str, str], Node]:
        """The condition of each checkpoint that has one, keyed by owner and checkpoint id."""
        nodes = {}
        owners = (
            ("state", "states", self.pathway.states),
            ("track", "tracks", self.pathway.tracks),
        )
        for kind, section, models in owners:
            for name, model in models.items():
                for index, checkpoint in enumerate(model.checkpoints):
                    where: Where = (section, name, "checkpoints", index)
                    for fact in checkpoint.expects:
                        self.vocabulary.fact_ref(fact, (*where, "expects"))
                    if checkpoint.anchor is not None:
                        self.vocabulary.date_operand(checkpoint.anchor, (*where, "anchor"))
                    if checkpoint.when is not None:
                        nodes[f"{kind}:{name}", checkpoint.id] = self.vocabulary.condition(
                            checkpoint.when, (*where, "when")
                        )
        return nodes


def _kind(route: Route, where: Where) -> Kind:
    outcomes = [
        kind
        for kind, value in (
            (Kind.GO, route.go),
            (Kind.MDT, route.mdt),
            (Kind.BLOCK, route.block),
            (Kind.ENTER, route.gate),
            (Kind.LEAVE, "yes" if route.leave else None),
        )
        if value is not None
    ]
    if len(outcomes) > 1:
        names = ", ".join("gate" if kind is Kind.ENTER else kind.value for kind in outcomes)
        raise CompileError(where, f"a row has one outcome, not {names}")
    return outcomes[0] if outcomes else Kind.NOTE


def _at(row: CompiledRow, kind: Kind, jump: int) -> CompiledRow:
    return replace(row, kind=kind, jump=jump)
