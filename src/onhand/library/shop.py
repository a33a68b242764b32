"""A shop, opened on a database."""

from types import TracebackType

import structlog

from onhand.books import Actor, Policy
from onhand.db.database import open_database
from onhand.db.revision import bring_up_to_date
from onhand.engine import Engine
from onhand.library.alerts import AlertService
from onhand.library.catalog import CatalogService
from onhand.library.counts import CountService
from onhand.library.events import EventService, WebhookService
from onhand.library.fulfillment import FulfillmentService
from onhand.library.inventory import InventoryService
from onhand.library.orders import OrderService
from onhand.library.payments import PaymentService
from onhand.library.receiving import ReceivingService
from onhand.library.transfers import TransferService
from onhand.views import verify


class Onhand:
    """A shop's stock and orders in one database, brought to the newest schema and open for business.

    `url` is `sqlite:///FILE` or `postgresql://USER@HOST/NAME`; `actor` is who the ledger names for what is done
    here; `policy` is what settings decide for a server. Close it, or use it in a `with` statement: closing finishes
    what was accepted. It may be used from many threads; their changes share commits. Raises DatabaseUnusable.

    `catalog`, `orders`, `inventory`, `fulfillment`, `receiving`, `transfers`, `counts`, `payments`, `alerts`, `events`
    and `webhooks` are its departments. Each method is one question or one change; what is refused raises a Refusal.
    """

    def __init__(self, url: str, *, actor: str = "library", policy: Policy | None = None) -> None:
        _log_as_the_program_does()
        self._database = open_database(url)
        try:
            self._database.own()
            bring_up_to_date(self._database)
            self.engine = Engine(self._database, policy)
            self.engine.start()
        except BaseException:
            self._database.close()
            raise
        asker = Actor(actor)
        self.catalog = CatalogService(self.engine, asker)
        self.orders = OrderService(self.engine, asker)
        self.inventory = InventoryService(self.engine, asker)
        self.fulfillment = FulfillmentService(self.engine, asker)
        self.transfers = TransferService(self.engine, asker)
        self.counts = CountService(self.engine, asker)
        self.payments = PaymentService(self.engine, asker)
        self.alerts = AlertService(self.engine, asker)
        self.receiving = ReceivingService(self.engine, asker)
        self.events = EventService(self.engine, asker)
        self.webhooks = WebhookService(self.engine, asker)

    def close(self) -> None:
        self.engine.close()
        self._database.close()

    def verify(self) -> verify.Verification:
        """Replay the ledger and check what must always be true."""
        return verify.verify(self._database)

    def __enter__(self) -> "Onhand":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _log_as_the_program_does() -> None:
    """What there is to log goes to `logging`, for the program's own set-up, unless the program has set structlog up."""
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
