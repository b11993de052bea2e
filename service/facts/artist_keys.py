"""Keys of artists: who sends one along with a track delivers in the artist's name.

Only the SHA-256 is kept, in the operator's register and with the track. A slow hash would protect nothing: a key is 256
random bits, as an API key is.
"""

import hashlib


def artist_key_sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
