"""DDEX at the edge: validation against the operator's schema folder."""
