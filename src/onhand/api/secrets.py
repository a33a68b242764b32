"""The secrets of API keys: made once, shown once, and kept only as a hash."""

import hashlib
import secrets

BEGINNING = "oh_"
RANDOM_BYTES = 24
SHOWN_CHARACTERS = 10


def new_secret(beginning: str = BEGINNING) -> str:
    """192 random bits, told from other secrets by how it begins."""
    return beginning + secrets.token_urlsafe(RANDOM_BYTES)


def hash_of(secret: bytes) -> str:
    """All of a secret that is kept. It is long and random, so one round of SHA-256 hides it."""
    return hashlib.sha256(secret).hexdigest()


def prefix_of(secret: str) -> str:
    """By which people tell keys apart."""
    return secret[:SHOWN_CHARACTERS]
