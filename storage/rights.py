"""What the application's role may do on a server, table by table, and no more.

Nobody but the owner changes tables, and nobody at all rewrites the past: the owner is stopped by
triggers, the application's role does not even have the right to try.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any, Final

from storage.database import Database
from storage.tables import APPEND_ONLY
from workflow.errors import RefusedError, StoreError

RIGHTS: Final = {
    **dict.fromkeys(APPEND_ONLY, "SELECT, INSERT"),
    "account": "SELECT, INSERT, UPDATE",
    "answered": "SELECT, INSERT, DELETE",
    "calendar_event": "SELECT, INSERT, UPDATE",
    "calendar_feed": "SELECT, INSERT, UPDATE",
    "checkpoint": "SELECT, INSERT, UPDATE",
    "delivery": "SELECT, INSERT, UPDATE",
    "form_draft": "SELECT, INSERT, UPDATE, DELETE",
    "heartbeat": "SELECT, INSERT, UPDATE, DELETE",
    "identifier": "SELECT, INSERT, DELETE",
    "incident": "SELECT, INSERT, UPDATE, DELETE",
    "meta": "SELECT",
    "name_token": "SELECT, INSERT, DELETE",
    "notice": "SELECT, INSERT",
    "path": "SELECT, INSERT, UPDATE",
    "person": "SELECT, INSERT, UPDATE",
    "person_key": "SELECT, INSERT, DELETE",
    "recipient": "SELECT, INSERT, UPDATE",
    "review_item": "SELECT, INSERT, UPDATE",
    "saved_view": "SELECT, INSERT, UPDATE",
    "search_key": "SELECT",
    "sign_in_errand": "SELECT, INSERT, DELETE",
    "sign_in_failure": "SELECT, INSERT, UPDATE, DELETE",
    "timer": "SELECT, INSERT, UPDATE, DELETE",
    "unaddressed": "SELECT, INSERT, DELETE",
    "web_session": "SELECT, INSERT, UPDATE, DELETE",
    "alembic_version": "SELECT",
}
"""The rights on each table; a test asks for a line for every table there is."""


def grant(database: Database, role: str) -> None:
    """The role may do the daily work and no more, whatever it could do to the tables before.

    Raises RefusedError when the role could not be held to it, StoreError when there is no such role
    or the one connected does not own the tables.
    """
    if database.dialect.name != "postgresql":
        msg = (
            f"{database.name} is a file and has no roles: who may read the file reads all of it. "
            "Roles are for a PostgreSQL server."
        )
        raise RefusedError(msg)
    with closing(database.connect()) as connection, database.complaints():
        database.begin_alone(connection)
        _require_owner(connection, database)
        _require_ordinary(connection, role)
        quoted = '"' + role.replace('"', '""') + '"'
        (schema,) = connection.execute("SELECT quote_ident(current_schema())").fetchone()
        for statement in _statements(connection, quoted, schema):
            connection.execute(statement)
        database.commit(connection)


def _statements(connection: Any, role: str, schema: str) -> list[str]:  # noqa: ANN401 - untyped driver
    """Everything is taken, then what is needed is given."""
    counted = connection.execute(
        "SELECT quote_ident(c.relname) FROM pg_class c WHERE c.relkind = 'S' "
        "AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
    ).fetchall()
    tables = ", ".join(RIGHTS)
    queued = connection.execute(
        "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() "
        "AND tablename LIKE 'procrastinate!_%' ESCAPE '!' ORDER BY 1"
    ).fetchall()
    return [
        f"REVOKE all ON SCHEMA {schema} FROM {role}",
        f"REVOKE all ON {tables} FROM {role}",
        f"REVOKE all ON {tables} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        *(f"GRANT {rights} ON {table} TO {role}" for table, rights in RIGHTS.items()),
        # The queue of due work holds nothing that is kept: what is lost there is found again.
        *(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {role}" for (name,) in queued),
        *(f"GRANT USAGE ON SEQUENCE {name} TO {role}" for (name,) in counted),
    ]


def _require_owner(connection: Any, database: Database) -> None:  # noqa: ANN401 - untyped driver
    name, owner, is_owner = connection.execute(
        "SELECT current_user::text, tableowner::text, pg_has_role(tableowner, 'USAGE') FROM "
        "pg_tables WHERE schemaname = current_schema() AND tablename = 'journal'"
    ).fetchone() or ("", "", False)
    if not owner:
        raise StoreError(f"{database.name} has no tables yet; run `allpath db upgrade` first.")
    if not is_owner:  # the server would only warn, and grant nothing
        msg = (
            f"The role {name} does not own the tables of {database.name}, so it can grant nothing; "
            f"connect as {owner}, who does."
        )
        raise StoreError(msg)


def _require_ordinary(connection: Any, role: str) -> None:  # noqa: ANN401 - untyped driver
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole, pg_has_role(oid, "
        "(SELECT tableowner FROM pg_tables WHERE schemaname = current_schema() AND "
        "tablename = 'journal'), 'MEMBER') FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()
    if row is None:
        msg = f"There is no role {role} on the server; make it with CREATE ROLE, then grant again."
        raise StoreError(msg)
    mighty, owns = row
    if mighty or owns:
        what = "may bypass row-level security or make roles" if mighty else "owns the tables"
        msg = (
            f"The role {role} {what}, so nothing could be kept from it; nothing was granted. Make "
            "an ordinary role for the application."
        )
        raise RefusedError(msg)
