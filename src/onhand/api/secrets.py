"""Secrets: made once and shown once. Those of API keys are kept only as a hash; those of webhooks sign."""

import base64
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


def new_webhook_secret() -> str:
    """192 random bits, as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode("ascii")
