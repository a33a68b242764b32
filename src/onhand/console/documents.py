"""The lists of the warehouse's documents, which all are narrowed and paged alike."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from onhand.console.visit import Visit
from onhand.views.documents import DocumentFilter
from onhand.views.grid import all_stores
from onhand.views.pages import Page

ROWS = 50


async def show_documents(
    visit: Visit, template: str, statuses: Sequence[str], listed: Callable[..., Page[Any]], **more: Any
) -> Response:
    """Newest first. `listed(connection, wanted, limit=, cursor=)` is a view; `more` goes to the template."""
    stores = await visit.ask(all_stores)
    wanted = DocumentFilter(
        _known(visit.query.get("status"), statuses),
        _known(visit.query.get("store"), [store.code for store in stores]),
        visit.query.get("q", "").strip() or None,
    )
    page = await visit.ask(listed, wanted, limit=ROWS, cursor=visit.query.get("cursor") or None)
    kept = {name: value for name, value in wanted._asdict().items() if value}
    return await visit.page(
        template,
        page=page,
        wanted=wanted,
        kept=kept,
        statuses=statuses,
        stores=stores,
        next_query=urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else None,
        **more,
    )


def _known(wanted: str | None, values: Sequence[str]) -> str | None:
    """What the query names, if there is such a one: a list that is narrowed to nothing would only puzzle."""
    return wanted if wanted in values else None
