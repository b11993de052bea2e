"""Replay of upload scenarios through the intake, counters, grouping and rules of live traffic, in scenario time."""

from service.simulation.lines import ScenarioError
from service.simulation.playing import Outcome, replay

__all__ = ["Outcome", "ScenarioError", "replay"]
