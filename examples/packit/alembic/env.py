"""Where the database is: by the variables that the service itself reads, each of them set by Mainstay."""

import os

from alembic import context
from sqlalchemy import URL, create_engine

url = URL.create(
    "postgresql+psycopg",
    username=os.environ["POSTGRESQL_USER"],
    password=os.environ.get("POSTGRESQL_PASSWORD"),
    host=os.environ["POSTGRESQL_HOST"],
    port=int(os.environ["POSTGRESQL_PORT"]),
    database=os.environ["POSTGRESQL_DATABASE"],
)

with create_engine(url).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
