"""What Alembic runs: it works on the connection, and in the transaction, that it was given."""

from alembic import context

from secaudit.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
