"""The full-size checks: ``python -m tests.acceptance --shared ../shared``. Slow, on real recordings, and no pytest."""
