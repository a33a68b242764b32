"""Redis Streams: one stream of the topic's name."""

from collections.abc import Sequence
from typing import Protocol

from faststream.redis import RedisBroker


class Message(Protocol):
    name: str
    id: str
    body: bytes


async def publish(url: str, topic: str, messages: Sequence[Message]) -> None:
    """Returns when the stream has all of them."""
    async with RedisBroker(url) as broker:
        for message in messages:
            await broker.publish(
                message.body, stream=topic, headers={"id": message.id, "type": message.name}, correlation_id=message.id
            )
