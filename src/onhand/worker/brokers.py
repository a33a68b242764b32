"""The feed, published to a broker: NATS JetStream or Redis Streams, in order, at least once.

The place up to which the broker has it moves on after the broker has said so. A worker that dies in between publishes
the last page again: each message carries the id of its event, which JetStream drops when it comes twice.
"""

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from onhand.books import ONHAND
from onhand.config import Settings
from onhand.engine import Engine
from onhand.trade.mail import Follow
from onhand.views.events import EventAnswer, list_events
from onhand.views.mails import position_of

FOLLOWER = "broker"
CLIENTS = {"nats": "onhand.integrations.nats", "redis": "onhand.integrations.redis_streams"}


class Client(Protocol):
    """What a module that speaks to a broker has."""

    async def publish(self, url: str, topic: str, messages: Sequence["Message"]) -> None:
        """Returns when the broker has all of them, in this order."""


class Message:
    """An event as it is published: `name` is the topic and the event's type, `body` the event as in the feed."""

    __slots__ = ("body", "id", "name")

    def __init__(self, topic: str, event: EventAnswer) -> None:
        self.name = f"{topic}.{event.type}"
        self.id = event.id
        self.body = orjson.dumps(event)


class ClientMissing(OSError):
    """The program that speaks to the broker is not installed."""


def client_of(url: str) -> Client:
    """The module that speaks to the broker of that URL. Raises ClientMissing."""
    try:
        module: Any = import_module(CLIENTS[urlsplit(url).scheme])
    except ImportError as error:
        raise ClientMissing("ONHAND_BROKER_URL needs a client: pip install 'onhand[brokers]'.") from error
    client: Client = module
    return client


def publish_events(settings: Settings) -> Callable[[Engine, int], int]:
    """The duty that publishes. A broker that is new gets the feed from its beginning. Raises ClientMissing."""
    client = client_of(settings.broker_url) if settings.broker_url else None

    def publish(engine: Engine, at_most: int) -> int:
        if client is None or settings.broker_url is None:
            return 0
        with engine.database.reading() as connection:
            seen = position_of(connection, FOLLOWER) or 0
            page = list_events(connection, seen, at_most)
        if page.data:
            messages = [Message(settings.broker_topic, event) for event in page.data]
            asyncio.run(client.publish(settings.broker_url, settings.broker_topic, messages))
        if page.next_after != seen:
            engine.run(Follow(FOLLOWER, seen, page.next_after), ONHAND)
        return len(page.data)

    return publish
