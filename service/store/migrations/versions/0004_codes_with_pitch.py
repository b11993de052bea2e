"""codes with pitch

Codes of the fingerprint index took in the anchor's pitch. The postings of the codes before are of no use any more; the
reconciler makes new ones from the stored fingerprints (`Fingerprints.renew`), some hundred in each transaction.
"""

from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("TRUNCATE fingerprint_posting")
    else:
        op.execute("DELETE FROM fingerprint_posting")


def downgrade() -> None:
    """Postings of another algorithm's codes cannot be told from others, so none are kept."""
    upgrade()
