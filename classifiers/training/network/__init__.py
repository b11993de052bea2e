"""Training of the residual network on pairs: the same recording plain, and through a small decoder."""
