"""Alerts, from Python."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from onhand import clock
from onhand.library.service import Service
from onhand.trade import alerts
from onhand.trade.subscriptions import Subscribe, Unsubscribe
from onhand.views import alerts as views
from onhand.views import low_stock as low_stock_views
from onhand.views import mails as mail_views
from onhand.views.pages import DEFAULT_LIMIT, Page


class AlertService(Service):
    """What somebody should look at, and what was done about it."""

    def low_stock(
        self,
        store: str | None = None,
        status: str | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[low_stock_views.LowStock]:
        """What is low or out, by days of cover and lost sales. `status` is low or out. StoreNotFound."""
        return self._ask(low_stock_views.low_stock, store, status, clock.now(), limit, cursor)

    def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None, **narrowed: Any
    ) -> Page[views.AlertAnswer]:
        """Alerts, newest first, narrowed by the fields of `views.alerts.AlertFilter`. StoreNotFound."""
        return self._ask(views.list_alerts, views.AlertFilter(**narrowed), clock.now(), limit, cursor)

    def get(self, alert: str) -> views.AlertAnswer:
        """The alert of that id. AlertNotFound."""
        return self._ask(views.find_alert, alert, clock.now())

    def acknowledge(self, alert: str) -> views.AlertAnswer:
        """Somebody has seen it. Again: the same answer. AlertNotFound, InvalidTransition."""
        return self._alert(alerts.AcknowledgeAlert(alert))

    def snooze(self, alert: str, until: datetime) -> views.AlertAnswer:
        """Be quiet about it until a time. AlertNotFound, InvalidTransition, ValidationFailed."""
        return self._alert(alerts.SnoozeAlert(alert, clock.as_microseconds(until)))

    def assign(self, alert: str, to: str) -> views.AlertAnswer:
        """Say whose it is. Again: the same answer. AlertNotFound, InvalidTransition."""
        return self._alert(alerts.AssignAlert(alert, to))

    def subscribe(self, email: str, kinds: Sequence[str], **narrowed: Any) -> mail_views.SubscriptionAnswer:
        """Tell an address about alerts of these kinds; `narrowed`: store, product, category, and the language.

        StoreNotFound, ProductNotFound, ValidationFailed.
        """
        picture = self._engine.run(Subscribe(email, tuple(kinds), **narrowed), self._actor)
        return mail_views.subscription_answer(picture)

    def subscriptions(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[mail_views.SubscriptionAnswer]:
        """Who is told, newest first, ended ones too."""
        return self._ask(mail_views.list_subscriptions, limit, cursor)

    def unsubscribe(self, subscription: str) -> mail_views.SubscriptionAnswer:
        """Again: the same answer. SubscriptionNotFound."""
        return mail_views.subscription_answer(self._engine.run(Unsubscribe(subscription), self._actor))

    def _alert(self, command: Any) -> views.AlertAnswer:
        picture: alerts.AlertPicture = self._engine.run(command, self._actor)
        return views.alert_answer(picture.alert, clock.now())
