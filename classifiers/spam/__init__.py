"""What titles and names give away: search terms, generic names, imitated names. No name proves anything alone."""
