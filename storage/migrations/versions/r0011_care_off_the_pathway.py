"""Reviews also ask about care off the pathway: one more kind of them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
BEFORE: Final = ("step", "checkpoint", "notice")


def upgrade() -> None:
    """Every review stays as it is; the index of overrides also finds explained care."""
    _kinds((*BEFORE, "care"))
    op.drop_index("journal_overrides", "journal")
    _index("journal_variances", "kind IN ('step_overridden', 'care_explained')")


def downgrade() -> None:
    """The reviews of care are gone; the journal still tells that they were opened and closed."""
    op.execute("DELETE FROM review_item WHERE kind = 'care'")
    _kinds(BEFORE)
    op.drop_index("journal_variances", "journal")
    _index("journal_overrides", "kind = 'step_overridden'")


def _index(name: str, rule: str) -> None:
    where = sa.text(rule)
    op.create_index(
        name,
        "journal",
        ["at", "path_id", "seq"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _kinds(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    rule = f"kind IN ({listed})"
    if op.get_context().dialect.name != "sqlite":
        op.execute("ALTER TABLE review_item DROP CONSTRAINT review_item_kind")
        op.execute(f"ALTER TABLE review_item ADD CONSTRAINT review_item_kind CHECK ({rule})")
        return
    # SQLite changes no rule of a table: a new one takes the rows.
    op.drop_index("review_item_open", "review_item")
    op.rename_table("review_item", "review_item_before")
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
        sa.CheckConstraint(rule, name="review_item_kind"),
        sa.CheckConstraint(
            "status IN ('open', 'upheld', 'compensated', 'no_effect')", name="review_item_status"
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (status = 'open')", name="review_item_closed"),
        sa.CheckConstraint("opened_by_seq >= 1 AND length(about) >= 1", name="review_item_about"),
        sa.ForeignKeyConstraint(["path_id"], ["path.path_id"]),
        **CLUSTERED,
    )
    op.execute("INSERT INTO review_item SELECT * FROM review_item_before")
    op.drop_table("review_item_before")
    op.create_index(
        "review_item_open", "review_item", ["path_id"], sqlite_where=sa.text("closed_at IS NULL")
    )


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)
