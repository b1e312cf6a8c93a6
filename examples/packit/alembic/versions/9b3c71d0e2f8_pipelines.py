"""pipelines: what was built for which event"""

import sqlalchemy as sa
from alembic import op

revision = "9b3c71d0e2f8"
down_revision = "3a90d4be6625"


def upgrade():
    # What an event is about is in the table of its kind: no foreign key says so.
    op.create_table(
        "project_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("type", sa.String),
        sa.Column("event_id", sa.Integer, index=True),
    )
    op.create_table("copr_build_groups", sa.Column("id", sa.Integer, primary_key=True))
    op.create_table(
        "pipelines",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("datetime", sa.DateTime),
        sa.Column("project_event_id", sa.Integer, sa.ForeignKey("project_events.id", name="pipelines_event"), index=True),
        sa.Column("copr_build_group_id", sa.Integer, sa.ForeignKey("copr_build_groups.id", name="pipelines_group"), index=True),
    )
    group = sa.ForeignKey("copr_build_groups.id", name="copr_build_targets_group")
    op.add_column("copr_build_targets", sa.Column("copr_build_group_id", sa.Integer, group, index=True))


def downgrade():
    op.drop_column("copr_build_targets", "copr_build_group_id")
    op.drop_table("pipelines")
    op.drop_table("copr_build_groups")
    op.drop_table("project_events")
