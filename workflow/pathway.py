"""A pathway as its clinicians wrote it: frozen models, a canonical form and its hash.

The file is the only place with clinical numbers and rules. Conditions stay as written here (plain
mappings); `workflow.rules` compiles them. Nothing in these models knows a disease.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflow.durations import Duration
from workflow.entries import Day, Flag, Name, Names, Quantity, Text, Whole, Word

Condition = Any  # Any: a condition is a nested mapping, read and checked by workflow.rules


class Model(BaseModel):
    """Frozen, and strict about fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(Model):
    """A number with its unit (UCUM) and source; `site` says that a site may set it."""

    value: Quantity
    unit: Word
    source: Names
    confidence: Literal["H", "M", "L", "O"] = "H"
    site: Flag = False
    title: str = ""


class Validity(Model):
    """How long a fact counts: a duration, until a later directed therapy, in which states.

    `never` says which facts, with which values, mean that such a therapy was never given; where it
    was, or may have been, its date must be on record.
    """

    for_: str | None = Field(default=None, alias="for")
    until_after: Name | None = None
    never: dict[Name, Word | Whole] = {}
    states: Names = ()
    source: Names = ()


FactType = Literal["one_of", "integer", "number", "date", "text", "event", "score", "measurement"]


class Fact(Model):
    """A declared fact: its type, who supplies it, where it is asked, and how long it counts.

    `event` is `none` or what happened; `score` is a value on one of `scales`, a bare number being
    on the first. `not_applicable` says what a recorded "not applicable" counts as. `scope` says
    when it starts anew: never (`patient`), with each episode, treatment line or entry of a state.
    """

    type: FactType
    title: Text
    values: tuple[Word, ...] = ()
    none: Flag = False
    unit: str = ""
    range: tuple[Quantity, Quantity] | None = None
    scales: dict[Name, tuple[Whole, Whole]] = {}
    aliases: dict[Word, Word] = {}
    not_applicable: str = "unknown"
    asked_in: Names = ()
    supplied_by: Names = ()
    valid: Validity = Validity()
    scope: Literal["patient", "episode", "line", "state"] = "episode"
    date_of: Name | None = None
    first: First | None = None
    on_new_episode: Literal["increment"] | None = None
    follows: Literal["option", "line_start"] | None = None
    shows: Shows | None = None
    codes: dict[Word, str] = {}
    source: Names = ()
    note: str = ""


class Shows(Model):
    """What a day in this fact shows was done: the stay in one of the states, or one of the options.

    Where the path says otherwise for that day, care was given off the pathway, and a clinician is
    asked why, once.
    """

    states: Names = ()
    options: Names = ()


class First(Model):
    """This fact is the first usable record of another, taken at the end of treatment line one.

    `since` dates the end of a line, `until` the start of the next.
    """

    of: Name
    since: Name
    until: Name
    tolerance: Name
    specimen: Name


class DerivedRow(Model):
    """One row of a derived table: a condition and the value it gives, or what must be known."""

    when: Condition = None
    is_: str | None = Field(default=None, alias="is")
    otherwise: str | None = None
    needs: Names = ()
    missing: Names = ()
    source: Names = ()


class ListItem(Model):
    """One entry of a derived list and when it belongs to it."""

    item: str
    when: Condition
    source: Names = ()


class Derived(Model):
    """A fact nobody types in: a condition, a table, a list, or the years between two dates.

    `shown_as` names a set of still possible values that has a word of its own.
    """

    title: Text
    condition: Condition = None
    values: tuple[Word, ...] = ()
    rows: tuple[DerivedRow, ...] = ()
    items: tuple[ListItem, ...] = ()
    years_between: tuple[str, str] | None = None
    shown_as: dict[Word, tuple[Word, ...]] = {}
    source: Names = ()


class FactListEntry(Model):
    """Facts that must be known, `when` a condition is on record; `except` values do not count.

    `missing` names facts that count as missing whenever the condition is on record.
    """

    when: Condition = None
    facts: Names = ()
    except_: Names = Field(default=(), alias="except")
    missing: Names = ()


class FactListModel(Model):
    """A named list of required facts; `otherwise` is reported when nothing else is missing."""

    entries: tuple[FactListEntry, ...]
    otherwise: Names = ()
    source: Names = ()


class OptionRow(Model):
    """One therapy option of a route and when it is the one."""

    when: Condition = None
    is_: str | None = Field(default=None, alias="is")
    otherwise: str | None = None


class Route(Model):
    """One row of a state's ordered table; exactly one outcome, or a note that only warns.

    `go` recommends a state, `mdt` asks for a decision, `block` stops until facts are supplied,
    `gate` inserts the rows of a gate, `leave` (in a gate) goes on behind it; with none of them the
    row is a note: it warns when it is on record, and the next row is read.
    `rule` is the rule id reported (default: `id`); `rules` names another one per state (early
    routes) or per row of the gate. `safety_net` says why a row stands that no patient reaches.
    """

    id: Name
    rule: str = ""
    title: str = ""
    when: Condition = None
    go: Name | None = None
    mdt: Name | None = None
    block: Name | None = None
    gate: Name | None = None
    rules: dict[Name, Name] = {}
    option: str | tuple[OptionRow, ...] | None = None
    options_of: Name | None = None
    alternatives: Names = ()
    may_go: Names = ()
    missing: Names = ()
    warn: tuple[str | dict[str, Condition], ...] = ()
    tracks: tuple[str | dict[str, Condition], ...] = ()
    leave: Flag = False
    safety_net: str = ""
    source: Names = ()
    note: str = ""


class Escalation(Model):
    """Whom an overdue checkpoint is brought to, and how long after it was due."""

    after: str
    to: Literal["coordinator", "lead", "director", "laboratory"]


class Reminders(Model):
    """How often the last person told of an overdue checkpoint is told again.

    It goes on until somebody acknowledges it or the checkpoint is closed.
    """

    every: str
    source: Names
    note: str = ""


class Checkpoint(Model):
    """Something that should have happened by a date while the path is in a state.

    Durations are `"29 d"`, `"3 mo"`, `"48 h"` or `"15 a"`, from `anchor` (a fact, else entering
    the state). `due` may be a list: one occurrence each. `every` repeats it after it was met;
    `times` occurrences at that pace, `then` at another. Met when every fact of `expects` has been
    recorded for a date inside the window. `ideal` is the best moment in the window of the first;
    each occurrence `expires` so long after its due day: then it counts as missed.
    """

    id: Name
    title: Text
    expects: Names
    opens: str = "0 d"
    ideal: str | None = None
    due: str | tuple[str, ...]
    expires: str | None = None
    every: str | None = None
    times: Whole | None = None
    then: str | None = None
    anchor: Name | None = None
    when: Condition = None
    escalate: tuple[Escalation, ...] = ()
    basis: Literal["evidence", "operational"]
    note: str = ""
    source: Names = ()


class State(Model):
    """A step of care: its routes in order, its checkpoints, and what entering it means.

    `two_person` states wait for a second clinician. `may_go` are the edges an MDT decision may take
    besides those of the routes. `counts_line` numbers treatment lines, `opens_episode` starts a
    new episode.
    """

    title: Text
    description: str = ""
    final: Flag = False
    two_person: Flag = False
    counts_line: Flag = False
    opens_episode: Flag = False
    early_routes: Flag = True
    routes: tuple[Route, ...] = ()
    may_go: Names = ()
    exits: Names | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    source: Names = ()


class Track(Model):
    """Care that runs beside the main states: open when its condition holds, closed by a person."""

    title: Text
    when: Condition = None
    closes_into: Name | None = None
    close_when: Condition = None
    checkpoints: tuple[Checkpoint, ...] = ()
    source: Names = ()


class Invariant(Model):
    """What must never be recommended (`hard`: nor overridden) unless a condition holds."""

    id: Name
    title: Text
    never: dict[Literal["option", "go"], Names]
    from_: Names = Field(default=(), alias="from")
    unless: Condition
    hard: Flag = False
    source: Names = ()


class Statement(Model):
    """One line of the source guideline and what implements it."""

    kind: Text
    text: Text
    implemented_by: Names = ()
    note: str = ""


class Outcome(Model):
    """A published group figure, shown with its study; never a forecast for one person."""

    id: Name
    study: Text
    group: str = ""
    n: Whole | tuple[Whole, ...] | None = None
    endpoint: Text
    value: Any  # Any: a number, a list of numbers for several arms, or none
    unit: str = "%"
    ci: Any = None  # Any: as value
    se: Any = None  # Any: as value
    note: str = ""
    source: Text
    confidence: Text


class Review(Model):
    """Who reviewed the content, when, and when that review expires."""

    by: Text
    on: Day
    expires: Day


class Report(Model):
    """Which derived facts a decision shows as site, timing and risk."""

    site: Name
    timing: dict[Word, Name]
    risk: dict[Word, Name]


class Setting(Model):
    """A choice made per enrolment, with the site's default (none: unknown until chosen)."""

    title: Text
    values: tuple[Word, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long a fact counts after its effective date; no states named: in every state."""

    after: Duration
    states: frozenset[str]

    def counts_in(self, state: str) -> bool:
        """Whether the fact can expire in this state."""
        return not self.states or state in self.states


class Pathway(Model):
    """A whole pathway, read top to bottom as a clinician explains it.

    `waiting` names the reasons to stay that ask nothing of anybody: what was decided is running.
    `on_record` says, for each row, derived fact, list, checkpoint or track that asks what is on
    record (so that unknown is answered like "no" there), why that is safe; `kept` why something is
    declared that no rule uses.
    """

    id: Name
    title: Text
    version: Text
    status: Literal["draft", "published", "retired"] = "draft"
    owner: Text
    reviewed: Review
    safety: tuple[Text, ...]
    sources: dict[Name, Text]
    settings: dict[Name, Setting] = {}
    parameters: dict[Name, Parameter] = {}
    facts: dict[Name, Fact]
    derived: dict[Name, Derived] = {}
    fact_lists: dict[Name, FactListModel] = {}
    early_routes: tuple[Route, ...] = ()
    gates: dict[Name, tuple[Route, ...]] = {}
    start: Name
    states: dict[Name, State]
    tracks: dict[Name, Track] = {}
    reminders: Reminders | None = None
    warnings: dict[Name, Text] = {}
    reasons: dict[Name, Text] = {}
    waiting: Names = ()
    on_record: dict[Name, Text] = {}
    kept: dict[Name, Text] = {}
    options: dict[Name, Text] = {}
    invariants: tuple[Invariant, ...] = ()
    report: Report | None = None
    outcomes: tuple[Outcome, ...] = ()
    statements: dict[Name, Statement] = {}

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pathway) and self.content_hash == other.content_hash

    @cached_property
    def entries_read(self) -> dict[tuple[str, type, Any], Any]:
        """A memory of entries already read as values of their facts; it changes no answer."""
        return {}

    @cached_property
    def expiry(self) -> dict[str, Expiry]:
        """How long the facts count that do not count for ever, and in which states."""
        return {
            name: Expiry(Duration.read(fact.valid.for_), frozenset(fact.valid.states))
            for name, fact in self.facts.items()
            if fact.valid.for_
        }

    @cached_property
    def dating_facts(self) -> tuple[tuple[str, str], ...]:
        """Facts that are the date of another, with that other."""
        return tuple((name, fact.date_of) for name, fact in self.facts.items() if fact.date_of)

    @cached_property
    def first_facts(self) -> tuple[tuple[str, First], ...]:
        """Facts that are the first usable record of another."""
        return tuple((name, fact.first) for name, fact in self.facts.items() if fact.first)

    @cached_property
    def expiring_facts(self) -> tuple[tuple[str, str], ...]:
        """Facts that stop counting after a therapy, with the fact that dates it."""
        return tuple(
            (name, fact.valid.until_after)
            for name, fact in self.facts.items()
            if fact.valid.until_after
        )

    @cached_property
    def canonical(self) -> str:
        """The whole content as canonical JSON, no white space.

        Names stand in the order of the file, since order can decide: the first scale, the first
        track. What was left at its default is left out, so that a field this program learns later
        does not change the hash of what was published before.
        """
        content = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal; pins every path and journal entry."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()
