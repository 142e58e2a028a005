"""Overrides are found by themselves, so that a register of them is read in a moment."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The journal's overrides stand in an index of their own."""
    rule = sa.text("kind = 'step_overridden'")
    op.create_index(
        "journal_overrides",
        "journal",
        ["at", "path_id", "seq"],
        sqlite_where=rule,
        postgresql_where=rule,
    )


def downgrade() -> None:
    """The index is gone; every entry stays."""
    op.drop_index("journal_overrides", "journal")
