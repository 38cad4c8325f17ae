"""${message.capitalize()}."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
% if down_revision is None:
from bunmart_chassis.migrations import install_outbox, remove_outbox
% endif
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
% if down_revision is None:
    install_outbox()
% endif


def downgrade() -> None:
% if down_revision is None:
    remove_outbox()
% endif
    ${downgrades if downgrades else "pass"}
