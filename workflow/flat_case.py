"""A flat case: a state, a day and facts without a database, read as position and sheet.

Cases come from files (`allpath decide`) and from the proof, whose counter-examples are cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from workflow.errors import FactError
from workflow.facts import FactSheet, sheet_from_case
from workflow.pathway import Pathway
from workflow.reading import Position
from workflow.vocabulary import CONTRADICTION, ENTERED_ON, LATER_LINE

_PLAIN_KEYS: Final = ("asof", "state", "facts", "expected", ENTERED_ON, LATER_LINE, CONTRADICTION)


def read_case(pathway: Pathway, case: Mapping[str, Any], today: date) -> tuple[Position, FactSheet]:
    """Where the case is and what is known of it; `today` counts where it names no day (`asof`).

    Beside settings and facts a case may say since when it is in its state (`entered_on`), that it
    is in a second or later line of treatment (`later_line: yes`), and that its record contradicts
    itself (`contradiction: yes`). Raises FactError for the first thing that cannot be read.
    """
    _refuse_near_misses(case, pathway)
    line = 2 if _yes_or_no(case, LATER_LINE) else 0
    position = Position(_state(pathway, case.get("state")), line=line)
    settings = {setting: case.get(setting) for setting in pathway.settings}
    as_of = _day("asof", case.get("asof")) or today
    sheet = sheet_from_case(pathway, _facts(case.get("facts")), settings, as_of)
    entered_on = _day(ENTERED_ON, case.get(ENTERED_ON))
    if entered_on is not None:
        sheet = replace(sheet, values={**sheet.values, ENTERED_ON: entered_on})
    if _yes_or_no(case, CONTRADICTION):
        sheet = replace(sheet, contradictions=frozenset({CONTRADICTION}))
    return position, sheet


def _refuse_near_misses(case: Mapping[str, Any], pathway: Pathway) -> None:
    """A slip in a key that decides would change the answer without a word."""
    plain = {key.replace("_", ""): key for key in (*_PLAIN_KEYS, *pathway.settings)}
    for key in case:
        meant = plain.get(str(key).casefold().replace("_", "").replace("-", "").replace(" ", ""))
        if meant is not None and key != meant:
            raise FactError(str(key), f"{key}: no such key; write {meant}")


def _state(pathway: Pathway, raw: object) -> str:
    if isinstance(raw, str) and raw in pathway.states:
        return raw
    problem = "none is given; give one of" if raw is None else f"{raw!r} is not one of"
    raise FactError("state", f"state: {problem} {', '.join(pathway.states)}")


def _facts(raw: object) -> Mapping[str, Any]:
    if isinstance(raw, Mapping):
        return raw
    raise FactError("facts", "facts: a case lists its facts as name and value")


def _day(key: str, raw: object) -> date | None:
    if raw is None:
        return None
    try:
        if isinstance(raw, str) and len(raw) == len("2026-11-23"):
            return date.fromisoformat(raw)
    except ValueError:
        pass
    raise FactError(key, f"{key}: {raw!r} is not a date; write an existing day as YYYY-MM-DD")


def _yes_or_no(case: Mapping[str, Any], key: str) -> bool:
    raw = case.get(key)
    if raw in (None, "no", "yes", False, True):
        return raw in ("yes", True)
    raise FactError(key, f"{key}: {raw!r} is neither yes nor no")
