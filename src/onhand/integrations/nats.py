"""NATS JetStream: a stream of the topic's name, one subject for each type of event."""

from collections.abc import Sequence
from typing import Protocol

from faststream.nats import JStream, NatsBroker


class Message(Protocol):
    name: str
    id: str
    body: bytes


async def publish(url: str, topic: str, messages: Sequence[Message]) -> None:
    """Returns when the stream has all of them. What comes twice within the stream's window is dropped by it."""
    broker = NatsBroker(url, allow_reconnect=False)
    stream = JStream(topic, subjects=[f"{topic}.>"])
    publisher = broker.publisher(f"{topic}.events", stream=stream)
    async with broker:
        await broker.start()
        for message in messages:
            await publisher.publish(message.body, subject=message.name, headers={"Nats-Msg-Id": message.id})
