"""A pathway proved: every property, one after the other, in the time that is given.

What cannot be told in time is unknown, never proved. The same pathway gives the same findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from workflow.pathway import Pathway
from workflow.proof import boundaries, declared, live, safe, total, tracks
from workflow.proof.asking import MEMORY_MB, OutOfTimeError
from workflow.proof.finding import Proof, Property
from workflow.proof.logic import BeyondProofError
from workflow.proof.subject import Locate, Subject

_Claim = tuple[str, Callable[[Subject], None]]

PROPERTIES: Final[tuple[_Claim, ...]] = (
    (total.TOTAL, total.total),
    (total.ONE_ANSWER, total.one_answer),
    (total.ROWS_USED, total.rows_used),
    (boundaries.BOUNDARIES, boundaries.boundaries),
    (live.EDGES_OPEN, live.edges_open),
    (live.STATES_REACHED, live.states_reached),
    (live.AN_END, live.an_end),
    (live.CYCLES, live.cycles),
    (live.NOT_BY_TIME, live.not_by_time_alone),
    (live.NOBODY_FORGOTTEN, live.nobody_forgotten),
    (live.CHECKPOINTS, live.checkpoints_have_effect),
    (safe.INVARIANTS, safe.invariants),
    (safe.LISTED, safe.asking_is_listed),
    (safe.UNKNOWN, safe.unknown_never_opens),
    (safe.UNSURE, safe.unsure_results_never_open),
    (safe.CONTRADICTORY, safe.contradictions_never_open),
    (tracks.OPENED, tracks.tracks_can_open),
    (tracks.JOINS, tracks.tracks_can_close),
    (tracks.EXITS, tracks.exits_close_every_track),
    (declared.USED, declared.declared_is_used),
    (declared.TRACED, declared.statements_are_implemented),
)
"""What is shown, in this order: answers, life, safety, tracks, loose ends."""

ASSUMPTIONS: Final = tuple(
    """\
Each state is looked at by itself, with every combination of facts: what was known in the state \
before restricts nothing.
Days run from 01-Jan-1900 to 31-Dec-2199, as facts are accepted; months, month ends and leap days \
are computed, not abstracted away.
Measured numbers go in steps of a tenth of the finest place of any parameter, which is enough to \
lie between any two of them.
Expired, preliminary and contradictory facts reach the tables as unknown (a measurement with its \
report status); that they do is shown by the tests of the fact sheet.""".splitlines()
)


def prove(
    pathway: Pathway,
    locate: Locate,
    *,
    today: date,
    clock: Callable[[], float],
    seconds: float,
    memory_mb: int = MEMORY_MB,
    on_property: Callable[[str], None] = lambda _name: None,
) -> Proof:
    """Every property shown, refuted with a patient, or left unknown when the time is over.

    `clock` counts seconds; `today` dates the made-up patients; `on_property` is told what is looked
    at next.
    """
    started = clock()
    subject = Subject(pathway, locate, today, clock, started + seconds, memory_mb=memory_mb)
    done = []
    for name, claim in PROPERTIES:
        on_property(name)
        done.append(_shown(subject, name, claim))
    nets = dict(_safety_nets(pathway))
    return Proof(
        pathway_id=pathway.id,
        version=pathway.version,
        content_hash=pathway.content_hash,
        properties=tuple(done),
        findings=tuple(subject.findings),
        on_record=dict(pathway.on_record),
        safety_nets=nets,
        assumptions=ASSUMPTIONS,
        seconds=clock() - started,
    )


def _shown(subject: Subject, name: str, claim: Callable[[Subject], None]) -> Property:
    found, asked = len(subject.findings), subject.asker.questions
    title = (claim.__doc__ or "").strip().splitlines()[0]
    why = ""
    try:
        claim(subject)
    except OutOfTimeError:
        why = "the time or memory that was given is over"
    except BeyondProofError as error:
        why = str(error)
    questions = subject.asker.questions - asked
    refuted = any(finding.severity == "error" for finding in subject.findings[found:])
    verdict = "refuted" if refuted else "unknown" if why else "proved"
    return Property(name, title, verdict, questions, why)  # type: ignore[arg-type] # one of the words


def _safety_nets(pathway: Pathway) -> Iterator[tuple[str, str]]:
    routes = [*pathway.early_routes]
    for rows in (*pathway.gates.values(), *(state.routes for state in pathway.states.values())):
        routes.extend(rows)
    return ((route.id, route.safety_net) for route in routes if route.safety_net)
