"""Facts from what is known of a track: its metadata, its evidence, the group of its recording, its sender's history.

Everything here is pure: what the database or a scenario file knows comes in as plain dataclasses, and one
:class:`schemas.facts.Facts` comes out. The same input gives the same facts on live traffic and in a replay.
"""

from service.facts.gather import gather
from service.facts.history import SenderHistory, SentTrack
from service.facts.names import fold
from service.facts.recording import GroupMember

__all__ = ["GroupMember", "SenderHistory", "SentTrack", "fold", "gather"]
