"""The reviewers' console: pages rendered on the server, under a content security policy without inline script."""
