"""Alembic's entry: steps run on the connection, and in the transaction, that the start hands over."""

from alembic import context

from app.rows import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
