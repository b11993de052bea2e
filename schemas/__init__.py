"""The vocabulary of Earmark: what is said about a track, by whom, and in which words.

Pydantic models and enums only. This room imports nothing of ours and touches no file, database, network or clock, so
that an integrator can use it with no more than ``pydantic`` installed.
"""
