"""Every statement of daily work, compiled once from the tables into plain text with its parameters.

Building a statement anew costs more than running it, so it is done once for each store. Parameters
are given by position: in the order of the columns, or of `names` where a statement has some.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlmodel import SQLModel

from storage import identity_tables, outbox_tables, review_tables, tables, watch_tables
from workflow.data_use import DATA_USE, SAID

_INSERTS: Final[dict[str, Any]] = {  # Any: two classes of one shape without a common type
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def table_of(model: type[SQLModel]) -> sa.Table:
    """The table that a model describes."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


PATH: Final = table_of(tables.PathRow)
PERSON: Final = table_of(identity_tables.PersonRow)
IDENTIFIER: Final = table_of(identity_tables.IdentifierRow)
NAME_TOKEN: Final = table_of(identity_tables.NameTokenRow)
SEALED: Final = (PERSON.c.path_id, PERSON.c.sealed, PERSON.c.erased_at)
"""With the key beside it, all it takes to tell who somebody is."""
PERSON_KEY: Final = table_of(identity_tables.PersonKeyRow)
SEARCH_KEY: Final = table_of(identity_tables.SearchKeyRow)
FACT: Final = table_of(tables.FactRow)
JOURNAL: Final = table_of(tables.JournalRow)
CHECKPOINT: Final = table_of(tables.CheckpointRow)
NOTICE: Final = table_of(tables.NoticeRow)
AUDIT: Final = table_of(tables.AuditRow)
ANSWERED: Final = table_of(tables.AnsweredRow)
VERSION: Final = table_of(tables.VersionRow)
PLAN: Final = table_of(tables.PlanRow)
SIGNATURE: Final = table_of(tables.SignatureRow)
TIMER: Final = table_of(watch_tables.TimerRow)
INCIDENT: Final = table_of(watch_tables.IncidentRow)
HEARTBEAT: Final = table_of(watch_tables.HeartbeatRow)
SITE_PLAN: Final = table_of(watch_tables.SitePlanRow)
META: Final = table_of(tables.MetaRow)
REVIEW: Final = table_of(review_tables.ReviewRow)
UNADDRESSED: Final = table_of(outbox_tables.UnaddressedRow)
PINNED: Final = ("pathway_id", "pathway_version", "pathway_hash")
"""The columns of a path that name its pathway version; they move by `repin_path` alone."""
KEPT_BY: Final = "looked_after_by"
"""The last column of a path: whoever looks after it is said apart from where it stands."""
MOVING: Final = tuple(c.name for c in list(PATH.columns)[1:-1] if c.name not in PINNED)
"""The columns of a path that its daily work updates."""
# Left open, the SQLite dialect would add a parameter of its own.
LITERALLY: Final = "!"
"""Stands before a `%` or `_` that is searched for; a backslash means different things to each."""
FROM_THE_FIRST: Final[sa.ColumnElement[int]] = sa.literal_column("0")


@dataclass(frozen=True, slots=True)
class Statements:
    """The text of each statement, for one database."""

    path: str
    path_held: str
    hold_key: str
    facts_since: str
    facts_between: str
    consents: str
    data_uses: str
    entry_hash: str
    live_checkpoints: str
    answered: str

    claim: str
    end_timer: str
    put_timer: str
    first_timer: str
    astray: str
    incident: str
    every_incident: str
    put_incident: str
    end_incident: str
    put_heartbeat: str
    forget_heartbeats: str
    every_heartbeat: str
    insert_site_plan: str
    site_plan: str
    every_site_plan: str

    insert_path: str
    update_path: str
    repin_path: str
    insert_fact: str
    insert_entry: str
    put_checkpoint: str
    insert_notice: str
    insert_unaddressed: str
    insert_audit: str
    insert_answered: str
    forget_answers: str

    path_version: str
    entries_since: str
    variances: str

    paths_after: str
    ids_after: str
    checkpoints: str
    every_path: str
    every_live_checkpoint: str

    version: str
    has_version: str
    insert_version: str
    every_version: str
    insert_plan: str
    insert_signature: str
    signatures: str
    signatures_of: str
    paths_per_version: str

    meta: str
    put_meta: str

    put_review: str
    reviews: str
    every_review: str
    open_reviews: str


def compile_statements(dialect: Dialect) -> Statements:
    """All statements in the words of this database."""

    def text(statement: sa.ClauseElement, *names: str) -> str:
        return _text(dialect, statement, names)

    def insert(table: sa.Table) -> str:
        return text(sa.insert(table).inline(), *_given(table))

    def put(table: sa.Table) -> str:
        keys = list(table.primary_key.columns)
        statement = _INSERTS[dialect.name](table)
        new = {c.name: statement.excluded[c.name] for c in table.columns if c not in keys}
        put = statement.on_conflict_do_update(index_elements=keys, set_=new)
        return text(put, *_given(table))

    opened = (CHECKPOINT.c.opened_seq, CHECKPOINT.c.checkpoint, CHECKPOINT.c.occurrence)
    pressing = (CHECKPOINT.c.overdue_at, CHECKPOINT.c.due_at, *CHECKPOINT.primary_key.columns)
    key: sa.BindParameter[str] = sa.bindparam("key")
    live = CHECKPOINT.c.closed_seq.is_(None)
    return Statements(
        path=text(sa.select(PATH).where(PATH.c.path_id == key), "key"),
        path_held=text(sa.select(PATH).where(PATH.c.path_id == key).with_for_update(), "key"),
        hold_key=_hold_key(dialect),
        facts_since=text(
            sa.select(FACT)
            .where(FACT.c.path_id == key, FACT.c.seq > sa.bindparam("seen"))
            .order_by(FACT.c.seq, FACT.c.place),
            "key",
            "seen",
        ),
        facts_between=text(
            sa.select(FACT)
            .where(FACT.c.path_id >= sa.bindparam("first"), FACT.c.path_id <= sa.bindparam("last"))
            .order_by(FACT.c.path_id, FACT.c.seq, FACT.c.place),
            "first",
            "last",
        ),
        consents=text(
            sa.select(FACT)
            .where(FACT.c.fact == sa.literal_column(f"'{DATA_USE}'"))
            .order_by(FACT.c.path_id, FACT.c.seq, FACT.c.place)
        ),
        data_uses=text(
            sa.select(JOURNAL)
            .where(JOURNAL.c.kind == sa.literal_column(f"'{SAID}'"))
            .order_by(JOURNAL.c.path_id, JOURNAL.c.seq)
        ),
        entry_hash=text(
            sa.select(JOURNAL.c.hash).where(
                JOURNAL.c.path_id == key, JOURNAL.c.seq == sa.bindparam("seq")
            ),
            "key",
            "seq",
        ),
        live_checkpoints=text(
            sa.select(CHECKPOINT).where(CHECKPOINT.c.path_id == key, live).order_by(*opened), "key"
        ),
        answered=text(
            sa.select(ANSWERED).where(
                ANSWERED.c.actor == sa.bindparam("actor"), ANSWERED.c.key == key
            ),
            "actor",
            "key",
        ),
        claim=text(_claim(), "now", "count"),
        end_timer=text(
            sa.delete(TIMER).where(TIMER.c.due_at == sa.bindparam("due"), TIMER.c.path_id == key),
            "due",
            "key",
        ),
        put_timer=text(_INSERTS[dialect.name](TIMER).on_conflict_do_nothing(), *_given(TIMER)),
        first_timer=text(sa.select(sa.func.min(TIMER.c.due_at))),
        astray=text(_astray(), "now"),
        incident=text(sa.select(INCIDENT).where(INCIDENT.c.path_id == key), "key"),
        every_incident=text(sa.select(INCIDENT).order_by(INCIDENT.c.since, INCIDENT.c.path_id)),
        put_incident=put(INCIDENT),
        end_incident=text(sa.delete(INCIDENT).where(INCIDENT.c.path_id == key), "key"),
        put_heartbeat=put(HEARTBEAT),
        forget_heartbeats=text(
            sa.delete(HEARTBEAT).where(HEARTBEAT.c.beat_at < sa.bindparam("before")), "before"
        ),
        every_heartbeat=text(sa.select(HEARTBEAT).order_by(HEARTBEAT.c.beat_at.desc())),
        insert_site_plan=insert(SITE_PLAN),
        site_plan=text(
            sa.select(*_brought(SITE_PLAN))
            .where(SITE_PLAN.c.site == key)
            .order_by(SITE_PLAN.c.number.desc())
            .limit(sa.literal_column("1"))
            .offset(FROM_THE_FIRST),
            "key",
        ),
        every_site_plan=text(
            sa.select(*_brought(SITE_PLAN)).order_by(SITE_PLAN.c.site, SITE_PLAN.c.number)
        ),
        insert_path=insert(PATH),
        update_path=text(
            sa.update(PATH)
            .where(
                PATH.c.path_id == key,
                PATH.c.version == sa.bindparam("expected"),
                PATH.c.head == sa.bindparam("previous"),
                PATH.c.pathway_hash == sa.bindparam("pinned"),
            )
            .values({name: sa.bindparam(name) for name in MOVING}),
            *MOVING,
            *("key", "expected", "previous", "pinned"),
        ),
        repin_path=text(
            sa.update(PATH)
            .where(PATH.c.path_id == key)
            .values({name: sa.bindparam(name) for name in PINNED}),
            *PINNED,
            "key",
        ),
        insert_fact=insert(FACT),
        insert_entry=insert(JOURNAL),
        put_checkpoint=put(CHECKPOINT),
        insert_notice=insert(NOTICE),
        insert_unaddressed=text(unaddressed_as_written(), "notice_id"),
        insert_audit=insert(AUDIT),
        insert_answered=text(
            _INSERTS[dialect.name](ANSWERED).on_conflict_do_nothing(), *_given(ANSWERED)
        ),
        forget_answers=text(
            sa.delete(ANSWERED).where(ANSWERED.c.at < sa.bindparam("before")), "before"
        ),
        path_version=text(sa.select(PATH.c.version).where(PATH.c.path_id == key), "key"),
        entries_since=text(
            sa.select(JOURNAL)
            .where(JOURNAL.c.path_id == key, JOURNAL.c.seq > sa.bindparam("seen"))
            .order_by(JOURNAL.c.seq),
            "key",
            "seen",
        ),
        variances=text(
            sa.select(JOURNAL)
            .where(sa.text("kind IN ('step_overridden', 'care_explained')"))
            .order_by(JOURNAL.c.at, JOURNAL.c.path_id, JOURNAL.c.seq)
        ),
        paths_after=text(_after(sa.select(PATH), PATH.c.path_id), "seen", "count"),
        ids_after=text(_ids_after(), "seen", "from", "count"),
        checkpoints=text(
            sa.select(CHECKPOINT).where(CHECKPOINT.c.path_id == key).order_by(*opened), "key"
        ),
        every_path=text(
            sa.select(PATH, *SEALED, PERSON_KEY.c.key)
            .join(PERSON, PERSON.c.path_id == PATH.c.path_id)
            .outerjoin(PERSON_KEY, PERSON_KEY.c.path_id == PATH.c.path_id)
            .order_by(PATH.c.path_id)
        ),
        every_live_checkpoint=text(sa.select(CHECKPOINT).where(live).order_by(*pressing)),
        version=text(sa.select(*_brought(VERSION)).where(VERSION.c.hash == key), "key"),
        has_version=text(sa.select(VERSION.c.number).where(VERSION.c.hash == key), "key"),
        insert_version=insert(VERSION),
        every_version=text(
            sa.select(*_brought(VERSION)).order_by(VERSION.c.pathway_id, VERSION.c.number)
        ),
        insert_plan=text(_INSERTS[dialect.name](PLAN).on_conflict_do_nothing(), *_given(PLAN)),
        insert_signature=insert(SIGNATURE),
        signatures=text(
            sa.select(*_brought(SIGNATURE))
            .where(SIGNATURE.c.subject == key)
            .order_by(SIGNATURE.c.number),
            "key",
        ),
        signatures_of=text(
            sa.select(*_brought(SIGNATURE))
            .join(VERSION, VERSION.c.hash == SIGNATURE.c.subject)
            .where(VERSION.c.pathway_id == key)
            .order_by(SIGNATURE.c.number),
            "key",
        ),
        paths_per_version=text(
            sa.select(PATH.c.pathway_hash, sa.func.count()).group_by(PATH.c.pathway_hash)
        ),
        meta=text(sa.select(META.c.value).where(META.c.key == key), "key"),
        put_meta=put(META),
        put_review=put(REVIEW),
        reviews=text(
            sa.select(REVIEW).where(REVIEW.c.path_id == key).order_by(REVIEW.c.seq), "key"
        ),
        every_review=text(sa.select(REVIEW).order_by(REVIEW.c.path_id, REVIEW.c.seq)),
        open_reviews=text(
            sa.select(REVIEW)
            .where(REVIEW.c.closed_at.is_(None))
            .order_by(REVIEW.c.path_id, REVIEW.c.seq)
        ),
    )


def _hold_key(dialect: Dialect) -> str:
    """Of two requests under one key the second waits; empty where one lock holds everything."""
    if dialect.name == "sqlite":
        return ""
    return "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def unaddressed_as_written() -> sa.Insert:
    """A notice just written waits for somebody to be chosen for it."""
    written = sa.select(NOTICE.c.number, NOTICE.c.created_at).where(
        NOTICE.c.notice_id == sa.bindparam("notice_id")
    )
    return sa.insert(UNADDRESSED).from_select(["notice_number", "since"], written)


def statement_text(dialect: Dialect, statement: sa.ClauseElement, *names: str) -> str:
    """The statement in the words of the database; its parameters are given in this order."""
    return _text(dialect, statement, names)


def insert_if_absent(dialect: Dialect, table: sa.Table) -> str:
    """Adds a row, or nothing where a row with this key is there already."""
    statement = _INSERTS[dialect.name](table).on_conflict_do_nothing().inline()
    return _text(dialect, statement, _given(table))


def insert_or_replace(dialect: Dialect, table: sa.Table) -> str:
    """Adds a row, or puts it in the place of the one with its key."""
    keys = list(table.primary_key.columns)
    statement = _INSERTS[dialect.name](table)
    new = {c.name: statement.excluded[c.name] for c in table.columns if c not in keys}
    put = statement.on_conflict_do_update(index_elements=keys, set_=new)
    return _text(dialect, put, _given(table))


def _given(table: sa.Table) -> tuple[str, ...]:
    """The columns that a row brings; the database itself counts `number`."""
    return tuple(column.name for column in table.columns if column.name != "number")


def _brought(table: sa.Table) -> list[sa.Column[Any]]:
    return [table.c[name] for name in _given(table)]


def _claim() -> sa.ClauseElement:
    """The longest waiting that nobody else is claiming; they wait for the end of the claim next."""
    waiting = (
        sa.select(TIMER.c.due_at, TIMER.c.path_id)
        .where(TIMER.c.due_at <= sa.bindparam("now"))
        .order_by(TIMER.c.due_at, TIMER.c.path_id)
        .limit(sa.bindparam("count"))
        .offset(FROM_THE_FIRST)
        .with_for_update(skip_locked=True)
    )
    return (
        sa.delete(TIMER)
        .where(sa.tuple_(TIMER.c.due_at, TIMER.c.path_id).in_(waiting))
        .returning(TIMER.c.path_id)
    )


def _astray() -> sa.CompoundSelect[Any]:
    waits = sa.exists().where(TIMER.c.path_id == PATH.c.path_id)
    untimed = sa.select(PATH.c.path_id).where(PATH.c.next_at.is_not(None), ~waits)
    from_the_future = sa.select(JOURNAL.c.path_id).where(JOURNAL.c.at > sa.bindparam("now"))
    return sa.union(untimed, from_the_future)


def _ids_after() -> sa.Select[Any]:
    """Ids that a path or the journal knows: a path that was removed has left its history."""
    of_paths = sa.select(PATH.c.path_id).where(PATH.c.path_id > sa.bindparam("seen"))
    of_journal = sa.select(JOURNAL.c.path_id).where(JOURNAL.c.path_id > sa.bindparam("from"))
    known = sa.union(of_paths, of_journal).subquery()
    page = sa.select(known.c.path_id).order_by(known.c.path_id).limit(sa.bindparam("count"))
    return page.offset(FROM_THE_FIRST)


def _after(selection: sa.Select[Any], column: sa.Column[Any]) -> sa.Select[Any]:
    page = selection.where(column > sa.bindparam("seen")).order_by(column)
    return page.limit(sa.bindparam("count")).offset(FROM_THE_FIRST)


def _text(dialect: Dialect, statement: sa.ClauseElement, names: tuple[str, ...]) -> str:
    # Any: only the compiler of SQL has positions, and it alone knows of given columns.
    compiled: Any = statement.compile(dialect=dialect, column_keys=names)
    positions = tuple(compiled.positiontup or ())
    if positions != names:
        msg = f"the parameters of this statement are {positions}, not {names}: {compiled}"
        raise TypeError(msg)
    return str(compiled)


def among(dialect: Dialect, column: str) -> str:
    """Whether a column is among the texts of a list, which is given as one text."""
    if dialect.name == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own words
    listed = "SELECT value::text FROM jsonb_array_elements_text(%s::jsonb)"
    return f"{column} = ANY (ARRAY({listed}))"
