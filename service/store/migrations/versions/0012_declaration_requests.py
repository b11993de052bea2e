"""Events that tell of a request for a declaration."""

from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

BEFORE = (
    "track.received", "track.analysed", "track.unreadable", "track.decided", "track.failed", "track.withdrawn",
    "track.revised", "case.opened", "case.joined", "case.left", "case.decided", "decision.undone", "track.labelled",
)
ADDED = ("track.declaration_requested",)


def _allow_events(kinds: tuple[str, ...]) -> None:
    """Change the CHECK constraint. SQLite cannot: there the table is written anew."""
    among = ", ".join(f"'{kind}'" for kind in kinds)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_event_kind"), "event", type_="check")
        op.create_check_constraint(op.f("ck_event_kind"), "event", f"kind IN ({among})")
        return
    with op.batch_alter_table("event", recreate="always") as batch:
        batch.drop_constraint(op.f("ck_event_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_event_kind"), f"kind IN ({among})")


def upgrade() -> None:
    _allow_events(BEFORE + ADDED)


def downgrade() -> None:
    _allow_events(BEFORE)
