"""What fits, calibrates and measures the classifiers, and the sounds that they are shown."""
