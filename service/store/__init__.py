"""Everything that is remembered: tables, repositories, migrations and blobs. All SQL of the project lives here.

A repository is a small class over a session, one noun a file. It never commits: the caller's ``with database.write()``
does, so that what belongs together becomes true together. Nothing here knows HTTP or the broker.
"""
