"""The pathway under proof: its tables as the solver reads them, and where things stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from workflow.decide import Decision, decide
from workflow.errors import FactError
from workflow.flat_case import read_case
from workflow.pathway import Pathway, Route
from workflow.proof.asking import Asker
from workflow.proof.encoding import Encoding
from workflow.proof.finding import Finding
from workflow.proof.logic import Claim
from workflow.proof.places import places_of
from workflow.proof.symbols import Symbols
from workflow.proof.tables import ReadRow, ReadTable, read_table
from workflow.rules import CompiledRow, Rules, rules_of
from workflow.strict_yaml import Where

Locate = Callable[[Where], str]
"""The file, line and field of a place in the pathway, as a person reads it."""


class Subject:
    """One pathway under proof, and what has been found so far."""

    def __init__(
        self,
        pathway: Pathway,
        locate: Locate,
        today: date,
        clock: Callable[[], float],
        until: float,
    ) -> None:
        self.rules: Rules = rules_of(pathway)
        # Rules are compiled once for equal pathways; their rows are those of the first one.
        self.pathway = self.rules.pathway
        self.locate = locate
        self.today = today
        self.clock = clock
        self.until = until
        self.symbols = Symbols(pathway)
        self.encoding = Encoding(self.rules, self.symbols)
        self.asker = Asker(self.symbols, clock, until)
        self.findings: list[Finding] = []
        self.open_edges: dict[tuple[str, str], bool] = {}

    @cached_property
    def tables(self) -> dict[str, ReadTable]:
        """The table of every state that is not final."""
        return {
            name: read_table(self.encoding, name)
            for name, state in self.pathway.states.items()
            if not state.final
        }

    def rows(self) -> Iterator[tuple[ReadTable, ReadRow]]:
        """Every row of every table."""
        return ((table, row) for table in self.tables.values() for row in table.rows)

    # -- places --------------------------------------------------------------------------------

    @cached_property
    def _places(self) -> dict[int, Where]:
        return places_of(self.pathway)

    def place_of(self, route: Route) -> Where:
        """Where a row stands in the file."""
        return self._places[id(route)]

    def where(self, route: Route) -> str:
        """Where a row stands in the file, as a person reads it."""
        return self.locate(self.place_of(route))

    # -- findings ------------------------------------------------------------------------------

    def report(
        self,
        property_: str,
        where: str,
        message: str,
        case: dict[str, Any] | None = None,
        *,
        note: bool = False,
    ) -> None:
        """One more finding; its patient says what `allpath decide` answers today."""
        if case is not None and (decision := self.decision(case)) is not None:
            route = decision.route
            case["expected"] = {
                "route": {
                    "status": route.status,
                    "next_state": route.next_state,
                    "option": route.option,
                    "reason": route.reason,
                },
                "rule": decision.rule,
            }
        severity = "note" if note else "error"
        self.findings.append(Finding(property_, where, message, case, severity))  # type: ignore[arg-type] # one of the two words

    def patient(self, property_: str, table: ReadTable, *claims: Claim) -> dict[str, Any] | None:
        """A made-up patient in this state of whom the claims hold, or None."""
        name = f"{property_} {len(self.findings) + 1}"
        return self.asker.case(table.state, name, self.today, table.here, *claims)

    def decision(self, case: dict[str, Any]) -> Decision | None:
        """What `allpath decide` answers to a made-up patient; None when it refuses the case."""
        try:
            position, sheet = read_case(self.pathway, case, self.today)
        except FactError:
            return None
        return decide(self.pathway, position, sheet)


@dataclass(frozen=True, slots=True)
class Named:
    """A row by its id, and the rule it reports where that is another."""

    row: CompiledRow

    def __str__(self) -> str:
        route, rule = self.row.route, self.row.rule
        return route.id if rule == route.id else f"{route.id} (rule {rule})"


def answer_in_words(decision: Decision | None) -> str:
    """A decision in a few words, as a finding tells it."""
    if decision is None:
        return "the case is refused"
    route = decision.route
    what = {
        "recommended": f"recommended: {route.next_state}",
        "blocked": f"blocked: {route.reason}",
        "needs_mdt": f"MDT decision: {route.reason}",
    }[route.status]
    option = f", {route.option}" if route.option else ""
    rule = f" (rule {decision.rule})" if decision.rule else ""
    missing = f", missing {', '.join(decision.missing)}" if decision.missing else ""
    return f"{what}{option}{missing}{rule}"
