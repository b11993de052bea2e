"""Watched folders: batches that lie on a disk or in a bucket, taken as they come, and answered where they lie."""
