"""What is counted for every day."""

from enum import StrEnum


class Figure(StrEnum):
    """One thing that is counted, for each tenant and day (UTC), under a key."""

    JUDGED = "judged"  # tracks judged that day whose verdict stands; key: its action
    AI = "ai"  # the same tracks; key: declared, detected, undeclared (detected and not declared)
    OPENED = "opened"  # cases opened; key: queue
    DECIDED = "decided"  # decisions of people; key: queue
    ACTION = "action"  # the same; key: action
    WAITED = "waited"  # the same; key: how long the case had been open (Waited)
    IN_TIME = "in_time"  # the same; key: yes or no
    REVERSED = "reversed"  # decisions of people put aside that day; key: taken_back, replaced, on_appeal
    FINDING = "finding"  # decisions on cases that rules or people raised; key: upheld, cleared, neither
    SAMPLE = "sample"  # decisions on the random sample of what nobody flagged; key: upheld, cleared, neither
    RULE_RIGHT = "rule_right"  # tracks on which a person upheld what a rule said; key: rule
    RULE_WRONG = "rule_wrong"  # tracks on which a person cleared it; key: rule


class Waited(StrEnum):
    """How long a case had been open when it was decided."""

    HOUR = "within 1 h"
    SHIFT = "1 to 8 h"
    DAY = "8 to 24 h"
    THREE_DAYS = "1 to 3 days"
    LONGER = "longer"
