"""Who may sign in: accounts, their sessions, and failed attempts."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
ROLES: Final = (
    *("coordinator", "clinician", "lead", "director", "auditor", "service"),
    *("admin", "viewer"),
)
EVENT: Final = ("number", "at", "actor", "role", "os_user", "action", "path_id", "detail")


def upgrade() -> None:
    """Nobody may sign in yet; the first account is made on the command line."""
    _who_may_be_written(ROLES)
    op.create_table(
        "account",
        *(_words(name) for name in ("name", "display", "role", "sites")),
        *(_words(name) for name in ("password_hash", "totp_secret")),
        *(_whole(name) for name in ("created_at", "changed_at")),
        *(_whole(name, nullable=True) for name in ("disabled_at", "signed_in_at")),
        sa.PrimaryKeyConstraint("name"),
        _check("account_named", "length(name) >= 1 AND length(display) >= 1"),
        **CLUSTERED,
    )
    op.create_table(
        "web_session",
        *(_words(name) for name in ("token_hash", "account")),
        *(_whole(name) for name in ("created_at", "seen_at", "shown_at")),
        _words("csrf"),
        _whole("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
        _check("web_session_hash_length", "length(token_hash) = 64"),
        sa.ForeignKeyConstraint(["account"], ["account.name"]),
        **CLUSTERED,
    )
    op.create_index("web_session_of_account", "web_session", ["account"])
    op.create_table(
        "sign_in_failure",
        _words("key"),
        *(_whole(name) for name in ("count", "last_at")),
        sa.PrimaryKeyConstraint("key"),
        _check("sign_in_failure_counts", "count >= 1"),
        **CLUSTERED,
    )


def downgrade() -> None:
    """The accounts are gone; the record of who did what stays, unless it names an admin."""
    _who_may_be_written(ROLES[:-2])
    for table in ("sign_in_failure", "web_session", "account"):
        op.drop_table(table)


def _who_may_be_written(roles: tuple[str, ...]) -> None:
    """The roles in the record of who saw or did what; rows that are there stay as they are."""
    listed = ", ".join(f"'{role}'" for role in roles)
    if op.get_context().dialect.name != "sqlite":
        op.execute("ALTER TABLE audit_event DROP CONSTRAINT audit_event_role")
        op.execute(
            f"ALTER TABLE audit_event ADD CONSTRAINT audit_event_role CHECK (role IN ({listed}))"
        )
        return
    # SQLite changes no rule of a table: a new one takes the rows, and the triggers are made again.
    op.rename_table("audit_event", "audit_event_before")
    op.create_table(
        "audit_event",
        sa.Column("number", sa.Integer(), nullable=False),
        _whole("at"),
        *(_words(name) for name in EVENT[2:]),
        sa.PrimaryKeyConstraint("number"),
        _check("audit_event_role", f"role IN ({listed})"),
        _check("audit_event_named", "length(actor) >= 1 AND length(action) >= 1"),
        sqlite_strict=True,
    )
    columns = ", ".join(EVENT)
    op.execute(f"INSERT INTO audit_event ({columns}) SELECT {columns} FROM audit_event_before")  # noqa: S608 - names of this file
    op.drop_table("audit_event_before")
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_event_refuses_{change.lower()} BEFORE {change} ON audit_event "
            "BEGIN SELECT RAISE(ABORT, 'audit_event is append-only: to correct is to add'); END"
        )


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=nullable)


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)
