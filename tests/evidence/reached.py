"""A made-up patient for each row that no written case reaches; `python -m tests.evidence.reached`.

The solver that proves the pathways finds the patient, and the engine has to answer with the row:
two readings of one file, which a test compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from time import monotonic
from typing import Any, Final

from tests.evidence.rules import REACHED, rows_of
from tests.trace import CASES, FIRST_CASES, SECOND
from workflow.loading import load_shipped, shipped
from workflow.proof.asking import Asker
from workflow.proof.encoding import Encoding
from workflow.proof.logic import both
from workflow.proof.symbols import Symbols, case_in
from workflow.proof.tables import ReadRow, read_table
from workflow.rules import rules_of

TODAY: Final = date(2026, 11, 23)
SECONDS: Final = 600


@cache
def patients() -> tuple[dict[str, Any], ...]:  # Any: plain JSON
    """Everybody who was found, in the order of the pathways and their rows."""
    return tuple(json.loads(line) for line in REACHED.read_text("utf-8").splitlines())


def found(pathway_id: str) -> Iterator[dict[str, Any]]:  # Any: plain JSON
    """A patient for each row of the pathway that nothing else reaches."""
    pathway = load_shipped(pathway_id)
    symbols = Symbols(pathway)
    reading = Encoding(rules_of(pathway), symbols)
    asker = Asker(symbols, monotonic, monotonic() + SECONDS)
    written = {SECOND, *(name.partition("[")[0] for name in (FIRST_CASES, CASES))}
    wanted = {row.route.id for row in rows_of(pathway_id) if not written & row.tests.keys()}
    for state in (name for name, s in pathway.states.items() if not s.final):
        for read in read_table(reading, state).rows:
            if read.row.route.id not in wanted:
                continue
            model = asker.easy_to_read(TODAY, [], symbols.word("state").is_[state], _claim(read))
            if model is not None:
                wanted.remove(read.row.route.id)
                name = f"{pathway_id}/{state}/{read.row.route.id}"
                yield {
                    "pathway": pathway_id,
                    "row": read.row.route.id,
                    **case_in(model, symbols, state, name),
                }


def _claim(read: ReadRow) -> Any:  # noqa: ANN401 - a claim of the solver
    return read.answers if read.is_table_row else both(read.arrives, read.truth.true)


if __name__ == "__main__":
    lines = [json.dumps(case, default=str) for each in shipped() for case in found(each)]
    REACHED.write_text("\n".join(lines) + "\n", "utf-8")
