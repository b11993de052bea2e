"""The Celery application. It carries wake-ups; what remains to be done stands in the database.

A task has no arguments and no result: it takes what is due from the ledger and works until nothing is left or its slice
of time is over. A task that is lost, late, doubled or run by nobody changes nothing but the moment.
"""

from celery import Celery

app = Celery("earmark", include=["workers.tasks", "workers.presence"])
app.config_from_object("workers.config")
