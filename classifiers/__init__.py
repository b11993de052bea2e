"""Audio and text in, evidence out. Knows no database, no network and no clock."""
