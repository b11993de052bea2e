"""What a file says of itself: marks of generators in the bytes as they were delivered."""
