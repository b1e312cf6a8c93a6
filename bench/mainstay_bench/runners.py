"""How each migration tool is called: the same database by the way that the tool itself recommends."""

from .timer import Runner

DATABASE = "bench"


def migration_runners(postgres, tools, folder, **hooks):
    """One runner for each installed tool, which brings the database `bench` to the newest step of `folder`."""
    runners = []

    def add(tool, name, args, url, place):
        if tool in tools:
            command = [tools[tool].path, *args]
            runners.append(Runner(name, command, postgres.url_environment(url), f"{folder}/{place}", **hooks))

    add("mainstay", "mainstay prepare", ["prepare", "--yes"], postgres.socket_url(DATABASE), "mainstay")
    add("sqlx", "sqlx migrate run", ["migrate", "run", "--source", "migrations"], postgres.socket_url(DATABASE), "sqlx")
    add("dbmate", "dbmate up", ["--no-dump-schema", "-d", "migrations", "up"], postgres.tcp_url(DATABASE), "dbmate")
    alembic_url = postgres.tcp_url(DATABASE, "postgresql+psycopg")
    add("alembic", "alembic upgrade head", ["upgrade", "head"], alembic_url, "alembic")
    return runners
