"""Past decisions that a corrected or late record would change, and what a person said of each."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
SITES: Final = "(SELECT current_setting('allpath.sites', true))"
RULE: Final = "EXISTS (SELECT 1 FROM path WHERE path.path_id = review_item.path_id)"


def upgrade() -> None:
    """Nothing waits for a review yet; a server shows each session those of its own sites."""
    op.create_table(
        "review_item",
        _words("path_id"),
        _whole("seq"),
        *(_words(name) for name in ("kind", "about")),
        *(_whole(name) for name in ("opened_at", "opened_by_seq")),
        *(_words(name) for name in ("before", "after", "status")),
        _whole("closed_at", nullable=True),
        *(_words(name) for name in ("closed_by", "reason")),
        sa.PrimaryKeyConstraint("path_id", "seq"),
        _check("review_item_kind", "kind IN ('step', 'checkpoint', 'notice')"),
        _check("review_item_status", "status IN ('open', 'upheld', 'compensated', 'no_effect')"),
        _check("review_item_closed", "(closed_at IS NULL) = (status = 'open')"),
        _check("review_item_about", "opened_by_seq >= 1 AND length(about) >= 1"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "review_item_open",
        "review_item",
        ["path_id"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    if op.get_context().dialect.name != "sqlite":
        op.execute(
            f"CREATE POLICY review_item_of_its_sites ON review_item USING ({SITES} = '*' OR "
            f"{RULE}) WITH CHECK ({SITES} = '*' OR {RULE})"
        )
        op.execute("ALTER TABLE review_item ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE review_item FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """The reviews are gone; the journal still tells that they were opened and closed."""
    op.drop_table("review_item")


def _words(name: str) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=nullable)


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)
