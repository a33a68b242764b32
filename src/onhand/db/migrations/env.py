"""How Alembic runs a migration here: on the connection that it is given, in one transaction."""

from alembic import context

from onhand.db.storage import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
