"""The service: API, console, command line, rules and store."""
