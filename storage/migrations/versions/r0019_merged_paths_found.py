"""The paths that were merged into one are found without looking at every path that has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Most paths are merged into none and stand in no such index."""
    is_merged = sa.text("merged_into <> ''")
    op.create_index(
        "path_of_survivor",
        "path",
        ["merged_into"],
        sqlite_where=is_merged,
        postgresql_where=is_merged,
    )


def downgrade() -> None:
    """The older program never asks for them."""
    op.drop_index("path_of_survivor", "path")
