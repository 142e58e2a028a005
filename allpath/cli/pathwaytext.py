"""A whole pathway in plain English, read top to bottom as a clinician explains it."""

from __future__ import annotations

from allpath import words
from allpath.cli.printing import heading, put, put_found, title
from allpath.cli.why import put_review
from workflow.pathway import Checkpoint, Pathway, State, Track
from workflow.rules import CompiledRow, Kind, Rules, rules_of


def put_pathway(pathway: Pathway) -> None:
    """Title, states with routes and checkpoints, tracks, numbers, invariants, safety text."""
    rules = rules_of(pathway)
    title(f"{pathway.title} ({pathway.id} {pathway.version}, {pathway.status})")
    put_found("owner", pathway.owner)
    put_found("hash", pathway.content_hash)
    _put_early(pathway, rules)
    for name, state in pathway.states.items():
        _put_state(pathway, rules, name, state)
    for name, track in pathway.tracks.items():
        _put_track(rules, name, track)
    _put_numbers(pathway)
    _put_invariants(pathway, rules)
    put_review(pathway)
    for text in pathway.safety[2:]:
        put(f"  {' '.join(text.split())}")


def _put_state(pathway: Pathway, rules: Rules, name: str, state: State) -> None:
    marks = [
        mark
        for mark, is_so in (("final", state.final), ("two people sign", state.two_person))
        if is_so
    ]
    marked = f" ({', '.join(marks)})" if marks else ""
    marked = f" ({', '.join(marks)})" if marks else ""
    heading(f"State {name}: {state.title}{marked}")
    early = [row.rule for row in rules.rows[name] if row.early and row.kind is not Kind.NOTE]
    if early:
        put_found("first", f"the rows of every state; here the rules {', '.join(early)}")
    for row in rules.rows[name]:
        if not row.early:
            _put_row(pathway, row)
    if state.exits:
        put_found("always open", ", ".join(state.exits))
    _put_checkpoints(state.checkpoints)


def _put_early(pathway: Pathway, rules: Rules) -> None:
    """The rows every state begins with, once."""
    rows = next((rows for rows in rules.rows.values() if any(row.early for row in rows)), ())
    if rows:
        heading("Read first in every state")
    for row in rows:
        if row.early:
            _put_row(pathway, row)


def _put_row(pathway: Pathway, row: CompiledRow) -> None:
    called = f"{row.route.title}: " if row.route.title else ""
    needed = row.condition.text()
    when = "otherwise" if needed == "always" else f"if {needed}"
    put_found(row.route.id, f"{called}{when}, {_leads(pathway, row)}")


def _leads(pathway: Pathway, row: CompiledRow) -> str:
    source = f" [{', '.join(row.route.source)}]" if row.route.source else ""
    warns = f", with {', '.join(code for code, _ in row.warns)}" if row.warns else ""
    outcomes = {
        Kind.GO: f"the pathway supports {row.target}",
        Kind.MDT: f"the MDT decides ({row.reason}: {words.reason(pathway, row.reason)})",
        Kind.BLOCK: f"stay ({row.reason}: {words.reason(pathway, row.reason)})",
        Kind.NOTE: "warn",
        Kind.ENTER: f"read the gate {row.route.gate}",
        Kind.LEAVE: "go on behind the gate",
    }
    return f"{' '.join(outcomes[row.kind].split())}{warns}{source}"


def _put_track(rules: Rules, name: str, track: Track) -> None:
    heading(f"Track {name}: {track.title}")
    closing = rules.track_closing.get(name)
    if closing is not None:
        put_found("closes when", closing.text())
    _put_checkpoints(track.checkpoints)


def _put_checkpoints(checkpoints: tuple[Checkpoint, ...]) -> None:
    for item in checkpoints:
        due = item.due if isinstance(item.due, str) else ", ".join(item.due)
        every = f", then every {item.every}" if item.every else ""
        expects = f" expects {', '.join(item.expects)};" if item.expects else ""
        anchor = item.anchor or "entering"
        put_found(item.id, f"{item.title}:{expects} due {due} after {anchor}{every} ({item.basis})")


def _put_numbers(pathway: Pathway) -> None:
    heading("Numbers, with unit and source")
    for name, item in pathway.parameters.items():
        unit = words.unit(item.unit)
        site = "; a site may set it" if item.site else ""
        value = f"{item.value} {unit}".rstrip()
        origin = f"[{', '.join(item.source)}, confidence {item.confidence}{site}]"
        put_found(name, f"{value} - {item.title} {origin}")


def _put_invariants(pathway: Pathway, rules: Rules) -> None:
    heading("What must never be recommended")
    titles = {model.id: model for model in pathway.invariants}
    for item in rules.invariants:
        model = titles[item.id]
        hard = " (nobody may override it)" if item.hard else ""
        put_found(item.id, f"{model.title}{hard}; unless {item.unless.text()}")
