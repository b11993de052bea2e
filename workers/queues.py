"""One queue for each kind of work, so that a machine can be given to one kind alone."""

from kombu import Exchange, Queue

_EXCHANGE = Exchange("earmark", type="direct")

QUEUES = tuple(Queue(name, _EXCHANGE, routing_key=name) for name in ("analyse", "decide", "deliver", "notify"))

WAKE_EXPIRES_S = 10.0
"""A wake-up that nobody took in this time is of no use: the dispatcher sends another as long as work is due."""
