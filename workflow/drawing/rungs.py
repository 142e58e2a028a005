"""A state's decision table as a drawing sees it: rows from the top, and what is expected when."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from workflow.drawing.expected import Expected, all_expected
from workflow.drawing.graph import Edge, Graph, Node, Note
from workflow.drawing.overview import listed
from workflow.pathway import Pathway
from workflow.rules import CompiledRow, Kind, Rules, rules_of

TRACK: Final = "track-"
"""Before the name of a track's picture: a state may have the same name."""
_ALWAYS: Final = {Kind.ENTER: "always"}


@dataclass(frozen=True, slots=True)
class Rung:
    """One row of the table, or a run of notes: what it asks and what follows.

    `target` is the state it leads to. `depth` is 1 within a gate. `at` is the place of its first
    row in the table, `jump` where a gate that is not entered, or is left, goes on.
    """

    rule: str
    title: str
    condition: str
    outcome: str
    kind: Kind
    target: str | None
    sources: tuple[str, ...]
    depth: int
    at: int
    jump: int

    @property
    def sentence(self) -> str:
        """The whole row as one sentence."""
        called = f"{self.title}: " if self.title else ""
        source = f" [{', '.join(self.sources)}]" if self.sources else ""
        return f"{self.rule}, {called}{self.condition}, {self.outcome}{source}."


@dataclass(frozen=True, slots=True)
class Table:
    """All of one state, or of one track, which has checkpoints alone.

    `also` tells the steps that no row leads to; `sources` maps each name used to its text.
    """

    name: str
    title: str
    summary: str
    rungs: tuple[Rung, ...]
    also: tuple[Note, ...]
    expected: tuple[Expected, ...]
    sources: tuple[tuple[str, str], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same facts as sentences: the text twin of the picture."""
        return (
            self.summary,
            *(rung.sentence for rung in self.rungs),
            *(f"{note.title}: {' '.join(note.lines)}" for note in self.also),
            *(item.sentence for item in self.expected),
        )


def state_table(pathway: Pathway, name: str) -> Table:
    """The table of a state with its checkpoints and sources."""
    rules = rules_of(pathway)
    state = pathway.states[name]
    rungs = tuple(_rungs(rules, name))
    expected = all_expected(rules, f"state:{name}", state.checkpoints)
    rows = len(rules.rows[name])
    reading = (
        f"{rows} rows, read from the top: a row that does not hold is passed, the first that holds "
        "is the answer, and one that cannot be told yet stops the reading"
        if rows
        else "no rows, because nothing more is recommended here"
    )
    return Table(
        name=name,
        title=f"{state.title} - {pathway.title}, version {pathway.version}",
        summary=f"{state.title}: {reading}.",
        rungs=rungs,
        also=_also(rules, name, rungs),
        expected=expected,
        sources=_sources(pathway, rungs, expected, state.source),
    )


def track_table(pathway: Pathway, name: str) -> Table:
    """The checkpoints and sources of a track, and when it closes."""
    rules = rules_of(pathway)
    track = pathway.tracks[name]
    expected = all_expected(rules, f"track:{name}", track.checkpoints)
    closing = rules.track_closing.get(name)
    closes = f"; it closes when {closing.text()}" if closing else ""
    return Table(
        name=f"{TRACK}{name}",
        title=f"{track.title} - {pathway.title}, version {pathway.version}",
        summary=f"{track.title}: care beside the main state{closes}.",
        rungs=(),
        also=(),
        expected=expected,
        sources=_sources(pathway, (), expected, track.source),
    )


def graph_of(table: Table) -> Graph:
    """The table as nodes and edges, for formats that lay out by themselves."""
    nodes: dict[str, Node] = {}
    edges = []
    rungs = table.rungs
    for index, rung in enumerate(rungs):
        nodes[_row(rung)] = Node(_row(rung), f"{rung.rule}: {rung.title or rung.condition}", "row")
        following = rungs[index + 1] if index + 1 < len(rungs) else None
        behind = next((other for other in rungs if rung.jump and other.at >= rung.jump), None)
        ways: tuple[tuple[str, Rung | None], ...]
        if rung.kind is Kind.ENTER:
            ways = (("yes", following), ("no", behind))
        elif rung.kind is Kind.LEAVE:
            ways = (("yes", behind), ("no", following))
        elif rung.kind is Kind.NOTE:
            ways = (("then", following),)
        else:
            goal = f"outcome:{rung.at}"
            nodes[goal] = Node(goal, rung.outcome, "outcome")
            edges.append(Edge(_row(rung), goal, "yes", rung.sentence))
            ways = (("no", following),)
        edges += [Edge(_row(rung), _row(to), word, "", "no") for word, to in ways if to]
    for item in table.expected:
        name = f"checkpoint:{item.id}"
        nodes[name] = Node(name, f"{item.id}: {item.title}, {item.due}", "checkpoint")
    return Graph(
        table.name, table.title, table.summary, tuple(nodes.values()), tuple(edges), table.also
    )


def _row(rung: Rung) -> str:
    return f"row:{rung.at}"


def _rungs(rules: Rules, state: str) -> list[Rung]:
    """The rows in order; notes that follow one another become one rung."""
    rungs: list[Rung] = []
    numbered = enumerate(rules.rows[state])
    for (kind, depth), group in groupby(numbered, lambda item: (item[1].kind, _depth(item[1]))):
        rows = list(group)
        if kind is Kind.NOTE:
            rungs.append(_notes([row for _, row in rows], depth, rows[0][0]))
        else:
            rungs += [_rung(rules.pathway, row, at) for at, row in rows]
    return rungs


def _depth(row: CompiledRow) -> int:
    return int(row.jump > 0 and row.kind is not Kind.ENTER)


def _notes(rows: list[CompiledRow], depth: int, at: int) -> Rung:
    conditions = "; ".join(row.condition.text() for row in rows)
    codes = dict.fromkeys(code for row in rows for code, _ in row.warns)
    count = "1 note" if len(rows) == 1 else f"{len(rows)} notes"
    return Rung(
        rule=_span(list(dict.fromkeys(row.rule for row in rows))),
        title=count,
        condition=f"if {conditions}",
        outcome=f"warn ({', '.join(codes)}) and read on" if codes else "read on",
        kind=Kind.NOTE,
        target=None,
        sources=tuple(dict.fromkeys(name for row in rows for name in row.route.source)),
        depth=depth,
        at=at,
        jump=0,
    )


def _span(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} ... {names[-1]}"


def _rung(pathway: Pathway, row: CompiledRow, at: int) -> Rung:
    needed = row.condition.text()
    return Rung(
        rule=row.rule,
        title=row.route.title,
        condition=f"if {needed}" if needed != "always" else _ALWAYS.get(row.kind, "otherwise"),
        outcome=_outcome(pathway, row),
        kind=row.kind,
        target=row.target,
        sources=row.route.source,
        depth=_depth(row),
        at=at,
        jump=row.jump if row.kind in {Kind.ENTER, Kind.LEAVE} else 0,
    )


def _outcome(pathway: Pathway, row: CompiledRow) -> str:
    reason = " ".join(pathway.reasons.get(row.reason or "", row.reason or "").split()).rstrip(".")
    target = pathway.states[row.target].title if row.target else ""
    said = {
        Kind.GO: f"the pathway supports {target}",
        Kind.MDT: f"the MDT decides: {reason}",
        Kind.BLOCK: f"stay: {reason}",
        Kind.NOTE: "warn and read on",
        Kind.ENTER: f"read the rows of the gate {row.route.gate}; if not, go on behind them",
        Kind.LEAVE: "go on behind the gate",
    }[row.kind]
    tracks = [pathway.tracks[name].title for name, _ in row.tracks]
    warns = [code for code, _ in row.warns]
    more = (
        f"with {_options(pathway, row)}" if row.option else "",
        f"beside it {listed(tracks)}" if tracks else "",
        f"warn {', '.join(warns)}" if warns else "",
    )
    return "; ".join((said, *(part for part in more if part)))


def _options(pathway: Pathway, row: CompiledRow) -> str:
    if row.option is None or row.option.list_ is not None:
        return "every option that fits"
    codes = dict.fromkeys(code for _, line in row.option.lines for code in line.split("|"))
    return " or ".join(pathway.options.get(code, code) for code in codes)


def _also(rules: Rules, state: str, rungs: tuple[Rung, ...]) -> tuple[Note, ...]:
    """The steps out of the state that no row leads to."""
    pathway = rules.pathway
    reached = {rung.target for rung in rungs}
    may_exit = pathway.states[state].exits or ()
    exits = [name for name in rules.edges[state] if name in may_exit]
    by_mdt = [name for name in rules.edges[state] if name not in reached and name not in exits]
    groups = (("Open to an MDT decision", by_mdt), ("Always open to a person", exits))
    return tuple(
        Note(
            title,
            (f"{listed(pathway.states[name].title for name in names)}.",),
            tuple((state, name) for name in names),
        )
        for title, names in groups
        if names
    )


def _sources(
    pathway: Pathway,
    rungs: tuple[Rung, ...],
    expected: tuple[Expected, ...],
    own: tuple[str, ...],
) -> tuple[tuple[str, str], ...]:
    named = [name for rung in rungs for name in rung.sources]
    named += [name for item in expected for name in item.sources]
    used = dict.fromkeys((*named, *own))
    return tuple((name, _source(pathway, name)) for name in used)


def _source(pathway: Pathway, name: str) -> str:
    statement = pathway.statements.get(name)
    text = pathway.sources.get(name, statement.text if statement else "")
    return " ".join(text.split())
