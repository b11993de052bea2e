"""The HTTP API: one module per noun, each with a ``router``; the edge (errors, limits, bodies) beside them."""
