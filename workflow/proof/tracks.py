"""Parallel tracks: each can be closed again, none outlives its path, and none holds it up."""

from __future__ import annotations

from typing import Final

from workflow.conditions import Compare, Is, Node, inner_nodes
from workflow.derived import conditions_of
from workflow.proof.encoding import derived_name
from workflow.proof.live import never_ends
from workflow.proof.logic import either
from workflow.proof.subject import Subject

JOINS: Final = "tracks_can_close"
EXITS: Final = "exits_close_every_track"
OPENED: Final = "tracks_can_open"


def tracks_can_close(subject: Subject) -> None:
    """What closes a track can come true, and somebody is asked for it while the track is open."""
    for name, track in subject.pathway.tracks.items():
        where = subject.locate(("tracks", name))
        node = subject.rules.track_closing.get(name)
        table = next(iter(subject.tables.values()))
        if node is None and track.closes_into is None:
            continue  # a person may close it whenever they like
        if node is not None:
            if subject.asker.find(subject.encoding.truth(node).true) is None:
                message = f"The track {name} can never be closed: what closes it is never true."
                subject.report(JOINS, where, message, subject.patient(JOINS, table))
            for fact in _asked_nowhere(subject, name, node):
                message = (
                    f"The track {name} waits for {fact}, which nobody is asked for while it is "
                    f"open; add {name} to its asked_in."
                )
                subject.report(JOINS, where, message, subject.patient(JOINS, table))
        if not any(never_ends(checkpoint) for checkpoint in track.checkpoints):
            message = (
                f"The track {name} has no checkpoint that stays until it is closed, so it can be "
                "forgotten while it is open."
            )
            subject.report(JOINS, where, message, subject.patient(JOINS, table))


def _asked_nowhere(subject: Subject, track: str, node: Node) -> list[str]:
    facts = subject.pathway.facts
    return [
        name
        for name in sorted(facts_under(subject, node))
        if name in facts and track not in facts[name].asked_in
    ]


def facts_under(subject: Subject, node: Node) -> set[str]:
    """Every fact a condition rests on, through derived facts."""
    names: set[str] = set()
    for inner in inner_nodes(node):
        name = derived_name(inner)
        if name is not None:
            for condition in conditions_of(subject.encoding.derived(name)):
                names |= facts_under(subject, condition)
        elif isinstance(inner, Is):
            names.add(inner.ref.name)
        elif isinstance(inner, Compare):
            names |= {inner.left.name, inner.right.name}
    return names


def tracks_can_open(subject: Subject) -> None:
    """Every track is opened for somebody."""
    for name in subject.pathway.tracks:
        opens = [
            claim
            for table, row in subject.rows()
            for claim in (
                *(
                    either(row.answers, row.stops)
                    for track, node in row.row.tracks
                    if track == name and subject.encoding.truth(node).true is not False
                ),
            )
            if table.here is not None
        ]
        own = [
            subject.encoding.truth(node).true
            for track, node in subject.rules.tracks
            if track == name
        ]
        if subject.asker.find(either(*opens, *own)) is None:
            message = f"The track {name} is opened for nobody."
            case = subject.patient(OPENED, next(iter(subject.tables.values())))
            subject.report(OPENED, subject.locate(("tracks", name)), message, case)


def exits_close_every_track(subject: Subject) -> None:
    """From every state a person can always end the path, and with it every track."""
    final = subject.rules.final_states
    for table in subject.tables.values():
        exits = set(subject.pathway.states[table.state].exits or ())
        if subject.pathway.tracks and not exits & final:
            message = (
                f"{table.state} has no exit to a final state, so its open tracks can be kept open "
                "for ever; add one that is always open to a person."
            )
            case = subject.patient(EXITS, table)
            subject.report(EXITS, subject.locate(("states", table.state)), message, case)
