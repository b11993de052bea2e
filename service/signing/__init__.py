"""Signed copies: a delivered file with our C2PA manifest, made by a child process under limits."""
