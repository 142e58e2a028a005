"""`allpath replay`: the whole database decided under another version, or with other numbers."""

from __future__ import annotations

import csv
import gc
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from allpath import words
from allpath.answers import pathway_answer
from allpath.cli.decide import chosen_pathway
from allpath.cli.looking import record_look
from allpath.cli.printing import heading, note, progress, put, put_json, put_table
from allpath.cli.rehearsing import because, change_answer
from allpath.cli.session import AsOf, Json, Session, open_session
from allpath.problems import UsageError
from allpath.tasks import MERGED
from workflow.comparing import Change, compare
from workflow.data_use import LEFT_OUT, withdrawn
from workflow.decide import Decision, decide
from workflow.errors import AllpathError, RefusedError
from workflow.found import Found
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import Case, PathRecord
from workflow.rehearsal import Alike, with_parameters
from workflow.store import Store

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

_COLUMNS: Final = ("Path", "State", "As it is", "Then", "Change", "Because")
FINAL: Final = "in a final state"
NOT_YET: Final = "not yet in the present state"
OTHER: Final = "on another pathway"
UNREADABLE: Final = "cannot be decided then"


@dataclass
class Tally:
    """What became of every path: it adds up to the census."""

    changed: list[tuple[str, Change]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> Counter[str]:
        """How many changes of each kind."""
        return Counter(change.kind for _, change in self.changed)


@app.command()
def replay(
    ctx: typer.Context,
    *,
    pathway: Annotated[
        str, typer.Option("--pathway", metavar="ID|FILE", help="The version to decide under.")
    ] = "relapsed_all",
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", metavar="NAME=VALUE", help="Another number; repeatable."),
    ] = None,
    state: Annotated[str, typer.Option(help="Only patients in this state.")] = "",
    as_of: AsOf = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Also write the changes to this file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide every path as its pathway does and as another version would; nothing is written.

    The answer lists who would be answered otherwise and why, and adds up to all paths there are.
    Patients who withdrew the use of their data are left out and counted.

    Example: `allpath replay --pathway new.yaml` or `allpath replay --parameter "mrd_valid=21 d"`
    """
    session = open_session(ctx)
    base = chosen_pathway(pathway)
    new = with_parameters(base, dict(_parameter(text) for text in parameter or ()))
    if state and state not in new.states:
        raise UsageError(f"{new.id} has no state {state}; it has {', '.join(new.states)}.")
    tally = _replayed(session, new, state, as_of)
    record_look(session, "everybody_replayed")
    if csv_file is not None:
        _write_csv(csv_file, tally)
    evidence = [
        name
        for name in dict(_parameter(text) for text in parameter or ())
        if not new.parameters[name].site
    ]
    if as_json:
        put_json(_answer(new, tally, evidence))
        return
    _put(new, tally, evidence)


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f'{text!r} is not a parameter; write --parameter "mrd_valid=21 d".')
    return name.strip(), value.strip()


def _replayed(session: Session, new: Pathway, state: str, as_of: str | None) -> Tally:
    store, now = session.allpath.store, session.now(as_of)
    with progress("Replaying", sum(1 for _ in store.ids())) as done:
        return everybody(session.allpath.orchestrator, store, new, now, state=state, done=done)


def everybody(
    orchestrator: Orchestrator,
    store: Store,
    new: Pathway,
    now: datetime,
    *,
    state: str = "",
    done: Callable[[int], None] = lambda _count: None,
) -> Tally:
    """Every path decided both ways, or those in one state; `done` is told how many are."""
    rehearsal = Rehearsal(orchestrator, new, withdrawn(store.consents()))
    tally = Tally()
    gc.freeze()  # what is there already need not be looked through for garbage again and again
    try:
        for number, case in enumerate(store.cases(rehearsal.concerns), start=1):
            rehearsal.look(case, now, state, tally)
            if number % 100 == 0:
                done(number)
    finally:
        gc.unfreeze()
    return tally


class Rehearsal:
    """Decides one path after the other twice, as cheaply as the versions allow."""

    def __init__(
        self, orchestrator: Orchestrator, new: Pathway, left_out: frozenset[str] = frozenset()
    ) -> None:
        self._left_out = left_out
        self._found = orchestrator.found
        self._pinned = orchestrator.library.pinned
        self._new = new
        self._alike: dict[str, Alike] = {}

    def concerns(self, path: PathRecord) -> bool:
        """Whether the facts of a path can matter: not where both versions read the same table."""
        if path.pathway_id != self._new.id or path.path_id in self._left_out:
            return False
        alike = self._alike_with(path)
        return alike is None or not (alike.has_same_sheet and path.state in alike.same_states)

    def look(self, case: Case, now: datetime, state: str, tally: Tally) -> None:
        """One path is decided both ways and counted."""
        path = case.path
        if path.path_id in self._left_out:
            tally.counts[LEFT_OUT] += 1
            return
        if path.pathway_id != self._new.id:
            tally.counts[OTHER] += 1
            return
        if state and path.state != state:
            tally.counts[f"not in {state}"] += 1
            return
        try:
            found = self._found(case, now)
            if path.merged_into:
                tally.counts[MERGED] += 1
            elif found.pathway.states[path.state].final:
                tally.counts[FINAL] += 1
            elif found.today < path.entered["main"]:
                tally.counts[NOT_YET] += 1
            else:
                self._compare(found, tally)
        except AllpathError as error:
            tally.counts[UNREADABLE] += 1
            tally.unreadable.append((path.path_id, str(error)))

    def _compare(self, found: Found, tally: Tally) -> None:
        if found.position.state not in self._new.states:
            raise RefusedError(f"{self._new.version} has no state {found.position.state}")
        alike = self._alike[found.pathway.content_hash]
        if not self.concerns(found.case.path):
            tally.counts["unchanged"] += 1
            return
        sheet = found.passing_sheet()
        if alike.has_same_sheet and alike.say_the_same(found.position, sheet):
            tally.counts["unchanged"] += 1
            return
        then = sheet if alike.has_same_sheet else Found(self._new, found.case, found.now).sheet()
        change = compare(
            found.decision(explained=True), decide(self._new, found.position, then, explained=True)
        )
        if change is None:
            tally.counts["unchanged"] += 1
        else:
            tally.counts["changed"] += 1
            tally.changed.append((found.case.path.path_id, change))

    def _alike_with(self, path: PathRecord) -> Alike | None:
        """What the path's own version and the new one read alike; None where it is not here."""
        pinned = path.pathway_hash
        if pinned not in self._alike:
            try:
                self._alike[pinned] = Alike(self._pinned(path), self._new)
            except AllpathError:
                return None  # why is told when the path itself is looked at
        return self._alike[pinned]


# -- telling -------------------------------------------------------------------------------------


def _put(new: Pathway, tally: Tally, evidence: list[str]) -> None:
    put(f"{new.title} {new.version}, hash {new.content_hash[:12]}: nothing was written.")
    for name in evidence:
        put(f"{name} is evidence, not a number of the site: to change it needs a new version.")
    if tally.changed:
        put_table(_COLUMNS, (_row(path_id, change) for path_id, change in tally.changed))
    for path_id, why in tally.unreadable:
        note(f"{path_id}: {why}")
    heading("All paths")
    for name, count in sorted(tally.counts.items()):
        kinds = ", ".join(f"{kind} {n}" for kind, n in sorted(tally.kinds.items()))
        put(f"  {count:>7,}  {name}" + (f" ({kinds})" if name == "changed" else ""))
    put(f"  {sum(tally.counts.values()):>7,}  in all")


def _row(path_id: str, change: Change) -> tuple[str, ...]:
    before, after = change.before, change.after
    return (
        path_id,
        before.state,
        _short(before),
        _short(after),
        change.kind,
        because(change),
    )


def _short(decision: Decision) -> str:
    option = f", {decision.route.option}" if decision.route.option else ""
    return f"{words.short_route(decision)}{option}"


def _write_csv(file: Path, tally: Tally) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            rows: Iterable[tuple[str, ...]] = (_row(*item) for item in tally.changed)
            csv.writer(stream).writerows([_COLUMNS, *rows])
    except OSError as error:
        raise RefusedError(f"The file {file} cannot be written: {error.strerror}.") from None


def _answer(new: Pathway, tally: Tally, evidence: list[str]) -> dict[str, Any]:
    return {
        "pathway": pathway_answer(new),
        "evidence_changed": evidence,
        "changed": [{"path_id": path_id, **_changed(change)} for path_id, change in tally.changed],
        "cannot_be_decided": [{"path_id": p, "message": why} for p, why in tally.unreadable],
        "counts": dict(tally.counts),
        "kinds": dict(tally.kinds),
        "in_all": sum(tally.counts.values()),
    }


def _changed(change: Change) -> dict[str, Any]:
    return {"state": change.before.state, **(change_answer(change) or {})}
