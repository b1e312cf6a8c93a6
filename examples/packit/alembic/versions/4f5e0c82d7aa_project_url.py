"""a project's address, from what is known of it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session, declarative_base

revision = "4f5e0c82d7aa"
down_revision = "9b3c71d0e2f8"

Base = declarative_base()


class GitProject(Base):
    """The model as it is at this revision: a copy, so that this file runs whatever the service's own becomes."""

    __tablename__ = "git_projects"
    id = sa.Column(sa.Integer, primary_key=True)
    namespace = sa.Column(sa.String)
    repo_name = sa.Column(sa.String)
    project_url = sa.Column(sa.String)


def upgrade():
    op.add_column("git_projects", sa.Column("project_url", sa.String))
    session = Session(bind=op.get_bind())
    for project in session.query(GitProject):
        project.project_url = f"https://github.com/{project.namespace}/{project.repo_name}"
    session.flush()


def downgrade():
    op.drop_column("git_projects", "project_url")
