"""Runs the revisions on the connection that `storage.schema` hands over, inside its transaction."""

from alembic import context
from sqlmodel import SQLModel

import storage.account_tables
import storage.draft_tables
import storage.emergency_tables
import storage.log_tables
import storage.mdt_tables
import storage.outbox_tables
import storage.review_tables
import storage.tables
import storage.worklist_tables  # noqa: F401 - the tables enter the metadata when read

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
