"""One-time passwords, accounts of the organisation's sign-in, and the ways there and back."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# A revision repeats what the models said on its day; they go on, it stays.
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Every account there is lives here, with a password of its owner's choice."""
    op.add_column("account", _whole("is_one_time", server_default="0"))
    op.add_column("account", _words("provider", server_default=""))
    op.add_column("account", _words("subject", server_default=""))
    where = sa.text("provider <> ''")
    op.create_index(
        "account_of_provider",
        "account",
        ["provider", "subject"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_table(
        "sign_in_errand",
        *(_words(name) for name in ("key", "browser", "account", "nonce", "verifier", "back")),
        _whole("begun_at"),
        sa.PrimaryKeyConstraint("key"),
        sa.CheckConstraint("length(key) = 64", name="sign_in_errand_hash_length"),
        **CLUSTERED,
    )


def downgrade() -> None:
    """Accounts of the organisation have no password, so that nobody enters by them any more."""
    op.drop_table("sign_in_errand")
    op.drop_index("account_of_provider", "account")
    for name in ("subject", "provider", "is_one_time"):
        op.drop_column("account", name)


def _words(name: str, server_default: str | None = None) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False, server_default=server_default)


def _whole(name: str, server_default: str | None = None) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False, server_default=server_default)
