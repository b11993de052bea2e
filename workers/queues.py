"""One queue for each kind of work, so that a machine can be given to one kind alone."""

from kombu import Queue

QUEUES = (Queue("analyse"), Queue("decide"), Queue("deliver"))

WAKE_EXPIRES_S = 10.0
"""A wake-up that nobody took in this time is of no use: the dispatcher sends another as long as work is due."""
