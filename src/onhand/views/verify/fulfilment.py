"""Shipments, picks, parcels and announced returns against the claims and the ledger."""

import json
from typing import Any

from sqlalchemy import and_, func, or_, select

from onhand.db import documents, schema
from onhand.views.verify.findings import Findings

_O, _L, _R, _M = schema.orders.c, schema.order_lines.c, schema.reservations.c, schema.movements.c
_P, _PI, _B, _Q = documents.parcels.c, documents.parcel_items.c, schema.returns.c, documents.requested_returns.c
_K = documents.picks.c

_LEFT_FOR = and_(
    _R.claim_id == _M.order_id,
    _R.store_id == _M.store_id,
    _R.variant_id == _M.variant_id,
    _R.resolved_by == _M.version,
    _R.state == "fulfilled",
)
_SHIP_MOVEMENTS = (
    select(
        *(_M.store_id, _M.variant_id, _M.version, _M.quantity, _M.order_id, _M.cause_id),
        *(_R.quantity.label("claimed"), _R.shipment),
    )
    .select_from(schema.movements)
    .outerjoin(schema.reservations, _LEFT_FOR)
    .where(_M.kind == "ship")
)
_LEFT_BY_NOTHING = (
    select(_R.claim_id, _R.line, _R.part)
    .select_from(schema.reservations)
    .outerjoin(schema.movements, and_(_LEFT_FOR, _M.kind == "ship"))
    .where(_R.state == "fulfilled", _M.version.is_(None))
)


def check_fulfilment(findings: Findings) -> None:
    """Invariant 18, and `fulfilment`: picks, parcels and announced returns are never more than there is of them."""
    _check_shipped(findings)
    _check_picks(findings)
    _check_parcels(findings)
    _check_parcels_that_left(findings)
    _check_expected(findings)


def _check_shipped(findings: Findings) -> None:
    """What left a store is what its own order (or bare hold) had reserved there, whole, with the shipment it names."""
    for store_id, variant_id, version, quantity, order_id, cause_id, claimed, shipment in findings.read(
        _SHIP_MOVEMENTS
    ):
        findings.checked["18"] += 1
        if claimed == quantity and (shipment is None or cause_id == f"{order_id}/{shipment}"):
            continue
        name = f"movement {findings.level_name(store_id, variant_id)} #{version}"
        if claimed is None:
            findings.broke("18", name, f"{quantity} left for {order_id}, which had reserved none there")
        elif claimed != quantity:
            findings.broke("18", name, f"{quantity} left for {order_id}, which had reserved {claimed} there")
        else:
            findings.broke("18", name, f"it left with shipment {shipment} of its order, but names {cause_id}")
    for claim_id, line, part in findings.read(_LEFT_BY_NOTHING):
        findings.broke("18", f"reservation {line}.{part} of {claim_id}", "it is fulfilled, and nothing left for it")


def _check_picks(findings: Findings) -> None:
    touched = select(_R.claim_id, _R.line, _R.part, _R.quantity, _R.picked).where(_R.picked != 0)
    for claim_id, line, part, quantity, picked in findings.read(touched):
        findings.checked["fulfilment"] += 1
        if not 0 < picked <= quantity:
            name = f"reservation {line}.{part} of order {claim_id}"
            findings.broke("fulfilment", name, f"{picked} of its {quantity} units are picked")
    written = (
        select(_K.order_id, _K.pick, _K.line, _L.line.label("known"))
        .select_from(documents.picks)
        .outerjoin(schema.order_lines, and_(_L.order_id == _K.order_id, _L.line == _K.line))
    )
    for order_id, pick, line, known in findings.read(written):
        findings.checked["fulfilment"] += 1
        if known is None:
            findings.broke("fulfilment", f"pick {pick} of order {order_id}", f"there is no line {line}")


def _check_parcels(findings: Findings) -> None:
    """What is packed and still there is outstanding."""
    waiting = (
        select(
            *(_PI.order_id, _PI.line, func.sum(_PI.quantity), _O.status),
            (_L.quantity - _L.shipped - _L.released - _L.backordered).label("outstanding"),
        )
        .select_from(documents.parcel_items)
        .join(documents.parcels, and_(_P.order_id == _PI.order_id, _P.parcel == _PI.parcel))
        .outerjoin(schema.orders, _O.id == _PI.order_id)
        .outerjoin(schema.order_lines, and_(_L.order_id == _PI.order_id, _L.line == _PI.line))
        .where(_P.shipment.is_(None), or_(_O.status != "cancelled", _O.status.is_(None)))
        .group_by(_PI.order_id, _PI.line, _O.status, _L.quantity, _L.shipped, _L.released, _L.backordered)
    )
    for order_id, line, packed, _, outstanding in findings.read(waiting):
        findings.checked["fulfilment"] += 1
        if outstanding is None or packed > outstanding:
            detail = f"{packed} are in parcels that have not left, of {outstanding or 0} outstanding"
            findings.broke("fulfilment", f"line {line} of order {order_id}", detail)


def _check_parcels_that_left(findings: Findings) -> None:
    """What was in the parcels of a shipment is in the shipment."""
    packed = (
        select(_PI.order_id, _PI.line, _P.shipment, func.sum(_PI.quantity).label("units"))
        .join(documents.parcels, and_(_P.order_id == _PI.order_id, _P.parcel == _PI.parcel))
        .where(_P.shipment.is_not(None))
        .group_by(_PI.order_id, _PI.line, _P.shipment)
        .subquery()
    )
    left = (
        select(_R.claim_id, _R.line, _R.shipment, _R.variant_id, func.sum(_R.quantity).label("units"))
        .where(_R.state == "fulfilled", _R.shipment.is_not(None))
        .group_by(_R.claim_id, _R.line, _R.shipment, _R.variant_id)
        .subquery()
    )
    same = and_(
        left.c.claim_id == packed.c.order_id, left.c.line == packed.c.line, left.c.shipment == packed.c.shipment
    )
    question = (
        select(*packed.c, left.c.variant_id, left.c.units.label("shipped"), _L.components)
        .outerjoin(left, same)
        .outerjoin(schema.order_lines, and_(_L.order_id == packed.c.order_id, _L.line == packed.c.line))
    )
    for order_id, line, shipment, units, variant_id, shipped, components in findings.read(question):
        findings.checked["fulfilment"] += 1
        each = _recipe(components).get(variant_id, 1)
        if units * each > (shipped or 0):
            detail = f"its parcels have {units * each} of line {line}, and {shipped or 0} left with it"
            findings.broke("fulfilment", f"shipment {shipment} of order {order_id}", detail)


def _recipe(components: str | None) -> dict[Any, int]:
    return dict(json.loads(components)) if components else {}


def _check_expected(findings: Findings) -> None:
    """What open returns wait for, and what is back, are never more than was shipped."""
    expected = (
        select(_B.order_id, _Q.order_line, func.sum(_Q.quantity), _L.shipped, _L.returned)
        .select_from(documents.requested_returns)
        .join(schema.returns, _B.id == _Q.return_id)
        .outerjoin(schema.order_lines, and_(_L.order_id == _B.order_id, _L.line == _Q.order_line))
        .where(_B.status == "requested")
        .group_by(_B.order_id, _Q.order_line, _L.shipped, _L.returned)
    )
    for order_id, line, units, shipped, returned in findings.read(expected):
        findings.checked["fulfilment"] += 1
        if shipped is None or units + returned > shipped:
            detail = f"{units} are expected back and {returned or 0} are, of {shipped or 0} shipped"
            findings.broke("fulfilment", f"line {line} of order {order_id}", detail)
