"""Events and webhooks, from Python."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from onhand.api.secrets import new_webhook_secret
from onhand.clock import as_microseconds
from onhand.library.service import Service
from onhand.trade import webhooks
from onhand.views import events as event_views
from onhand.views import webhooks as webhook_views
from onhand.views.events import EventAnswer, EventFilter, EventPage
from onhand.views.names import store_codes, store_id_of
from onhand.views.pages import DEFAULT_LIMIT, Page
from onhand.views.webhooks import DeliveryAnswer, WebhookAnswer
from onhand.worker.addresses import check_url


class NewWebhook(NamedTuple):
    """A webhook, and the secret that signs its messages: it is shown nowhere else."""

    webhook: WebhookAnswer
    secret: str


class EventService(Service):
    """The feed: everything that was told, in an order that never changes."""

    def list(
        self,
        after: int = 0,
        limit: int = DEFAULT_LIMIT,
        types: Sequence[str] = (),
        subject: str | None = None,
        store: str | None = None,
    ) -> EventPage:
        """Events after a place, oldest first; go on with `next_after`. `types` may end with `*`. StoreNotFound."""

        def question(connection: Connection) -> EventPage:
            stores = (store_id_of(connection, store),) if store else ()
            return event_views.list_events(connection, after, limit, EventFilter(tuple(types), subject, stores))

        return self._ask(question)

    def follow(self, after: int = 0, types: Sequence[str] = ()) -> Iterator[EventAnswer]:
        """Events after a place as they come, without end."""
        while True:
            turn = self._engine.feed.turn
            page = self.list(after, 500, types)
            yield from page.data
            if page.next_after == after:
                self._engine.feed.wait(turn, 0.5)
            after = page.next_after


class WebhookService(Service):
    """Who is told of events. Messages are sent by a worker: `onhand serve`, or `onhand worker`."""

    def create(self, url: str, *, allow_private: bool = False, **details: Any) -> NewWebhook:
        """Have events sent to a URL from now on. `details`: events, stores, ordered, format. UrlRefused."""
        check_url(url, allow_private=allow_private)
        secret = new_webhook_secret()
        position = self._ask(event_views.last_position)
        return NewWebhook(self._run(webhooks.CreateWebhook(url, secret, position, **details)), secret)

    def list(self, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[WebhookAnswer]:
        """All of them, oldest first."""
        return self._ask(webhook_views.list_webhooks, limit, cursor)

    def get(self, webhook: str) -> WebhookAnswer:
        """WebhookNotFound."""
        return self._ask(webhook_views.find_webhook, webhook)

    def change(self, webhook: str, **changes: Any) -> WebhookAnswer:
        """`changes`: url, events, stores, ordered, format. WebhookNotFound."""
        return self._run(webhooks.ChangeWebhook(webhook, **changes))

    def rotate_secret(self, webhook: str) -> NewWebhook:
        """For a day both secrets sign. WebhookNotFound."""
        secret = new_webhook_secret()
        return NewWebhook(self._run(webhooks.RotateSecret(webhook, secret)), secret)

    def test(self, webhook: str) -> WebhookAnswer:
        """Tell it something that only it is told. WebhookNotFound, InvalidTransition."""
        return self._run(webhooks.TellTest(webhook))

    def enable(self, webhook: str) -> WebhookAnswer:
        """Again: the same answer. WebhookNotFound."""
        return self._run(webhooks.EnableWebhook(webhook))

    def disable(self, webhook: str) -> WebhookAnswer:
        """Again: the same answer. WebhookNotFound."""
        return self._run(webhooks.DisableWebhook(webhook))

    def delete(self, webhook: str) -> WebhookAnswer:
        """Again: the same answer. WebhookNotFound."""
        return self._run(webhooks.DeleteWebhook(webhook))

    def replay(self, webhook: str, since: datetime) -> WebhookAnswer:
        """Tell everything since a time again, under the same ids. WebhookNotFound, InvalidTransition."""
        position = self._ask(event_views.position_before, as_microseconds(since))
        return self._run(webhooks.ReplayWebhook(webhook, position))

    def deliveries(
        self, webhook: str, status: str | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[DeliveryAnswer]:
        """What became of its events, newest first. WebhookNotFound."""
        return self._ask(webhook_views.list_deliveries, webhook, status, limit, cursor)

    def resend(self, webhook: str, delivery: str) -> DeliveryAnswer:
        """Tell one event again, now. WebhookNotFound, DeliveryNotFound, InvalidTransition."""
        self._engine.run(webhooks.ResendDelivery(webhook, int(delivery)), self._actor)
        return self._ask(webhook_views.find_delivery, webhook, int(delivery))

    def _run(self, command: Any) -> WebhookAnswer:
        changed = self._engine.run(command, self._actor)
        return webhook_views.webhook_answer(changed, self._ask(store_codes))
