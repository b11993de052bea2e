"""One queue for each kind of work, so that a machine can be given to one kind alone."""

from kombu import Exchange, Queue

_EXCHANGE = Exchange("earmark", type="direct")

_KINDS = ("analyse", "decide", "deliver", "notify", "ingest")

QUEUES = tuple(Queue(name, _EXCHANGE, routing_key=name, no_ack=True) for name in _KINDS)
"""Without acknowledgement: a wake-up that is lost is sent again as long as work is due, and one whose acknowledgement
is lost together with the broker's connection would count as being worked on for ever, and its worker take no other."""

WAKE_EXPIRES_S = 10.0
"""A wake-up that nobody took in this time is of no use: the dispatcher sends another as long as work is due."""
