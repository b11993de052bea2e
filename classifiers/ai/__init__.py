"""Likelihood that a recording was generated, from the sound alone, with reasons."""
