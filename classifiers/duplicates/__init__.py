"""The same recording, whatever was done to it: fingerprints, and the proof that two of them are one recording."""
