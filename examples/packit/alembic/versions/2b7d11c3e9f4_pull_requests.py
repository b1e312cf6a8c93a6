"""pull requests"""

import sqlalchemy as sa
from alembic import op

revision = "2b7d11c3e9f4"
down_revision = "1c0ffee5a7b1"


def upgrade():
    op.create_table(
        "pull_requests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("pr_id", sa.Integer, index=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("git_projects.id", name="pull_requests_project"), index=True),
    )


def downgrade():
    op.drop_table("pull_requests")
