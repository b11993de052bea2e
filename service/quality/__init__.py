"""How good the reviewing is: agreement, scores and samples. Pure: no database, network or clock."""
