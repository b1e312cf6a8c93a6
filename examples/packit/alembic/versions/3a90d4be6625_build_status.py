"""status of builds: a value of an enumerated type is there for others only when its transaction has ended"""

import sqlalchemy as sa
from alembic import op

revision = "3a90d4be6625"
down_revision = "2b7d11c3e9f4"


def upgrade():
    op.create_table(
        "copr_build_targets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("status", sa.Enum("pending", "success", name="buildstatus")),
    )
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE buildstatus ADD VALUE IF NOT EXISTS 'retry'")


def downgrade():
    op.drop_table("copr_build_targets")
    op.execute("DROP TYPE buildstatus")
