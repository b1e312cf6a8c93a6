"""projects"""

import sqlalchemy as sa
from alembic import op

revision = "1c0ffee5a7b1"
down_revision = None


def upgrade():
    op.create_table(
        "git_projects",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("namespace", sa.String, index=True),
        sa.Column("repo_name", sa.String, index=True),
    )


def downgrade():
    op.drop_table("git_projects")
