"""A path of a human who was enrolled twice says which other path it was merged into."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No path was merged so far."""
    words = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("path", sa.Column("merged_into", words, server_default="", nullable=False))


def downgrade() -> None:
    """The journal alone says what was merged; the older program knows nothing of it."""
    op.drop_column("path", "merged_into")
