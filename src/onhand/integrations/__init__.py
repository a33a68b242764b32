"""Outside dialects: what is said to Onhand turned into commands, and what Onhand says turned into theirs.

A payment provider is one file, which turns a verified message into a command. A new one says its name, its path,
what it takes, and how to read it (`provider.py`), and is listed here.
"""

from onhand.integrations.generic import GENERIC
from onhand.integrations.payhere import PAYHERE
from onhand.integrations.provider import Provider
from onhand.integrations.stripe import STRIPE

PROVIDERS: tuple[Provider, ...] = (GENERIC, PAYHERE, STRIPE)

__all__ = ["PROVIDERS", "Provider"]
