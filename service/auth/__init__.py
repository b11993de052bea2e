"""Who is asking: API keys, their scopes, and the principal that a request acts for."""
