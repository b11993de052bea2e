"""The engine: Celery tasks over the ledger of jobs in the database."""
