"""Every command on one screen: the verb that decides it, and the rows that it is decided on."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from onhand.books import Actor, Books, Needs
from onhand.trade import (
    alerts,
    amend,
    backorders,
    catalog,
    counts,
    fulfilment,
    holds,
    housekeeping,
    keys,
    mail,
    notices,
    orders,
    packing,
    payments,
    picking,
    placing,
    reallocation,
    receiving,
    refunds,
    returns,
    reviews,
    security,
    sessions,
    stock,
    subscriptions,
    transfers,
    variances,
    waves,
    webhooks,
)
from onhand.trade.errors import Conflict, Refusal


class Verb(NamedTuple):
    decide: Callable[[Books, Any, Actor], Any]
    needs: Callable[[Any], Needs]


class Together(NamedTuple):
    """Several commands as one: all or none when `atomic`, and none at all in a `dry_run`."""

    commands: tuple[Any, ...]
    atomic: bool = False
    dry_run: bool = False


class NotApplied(Conflict):
    """This one would have been done, but another of the same request was refused."""

    code, title = "not_applied", "Not applied"


def decide(books: Books, command: Any, actor: Actor) -> Any:
    """Decide one command, give what it made available to those who wait for it, and open and close alerts."""
    result = VERBS[type(command)].decide(books, command, actor)
    backorders.fill(books)
    alerts.settle(books)
    return result


def decide_together(books: Books, command: Together, actor: Actor) -> list[Any]:
    """One result or refusal for each command, in order."""
    start = books.mark()
    outcomes: list[Any] = []
    for each in command.commands:
        mark = books.mark()
        try:
            outcomes.append(decide(books, each, actor))
        except Refusal as refusal:
            books.undo_to(mark)
            outcomes.append(refusal)
    refused = any(isinstance(outcome, Refusal) for outcome in outcomes)
    if command.dry_run or (command.atomic and refused):
        books.undo_to(start)
    if command.atomic and refused:
        spoilt = NotApplied("Another entry of this request was refused, so none was applied.")
        outcomes = [outcome if isinstance(outcome, Refusal) else spoilt for outcome in outcomes]
    return outcomes


def needs_together(command: Together) -> Needs:
    return combined(VERBS[type(each)].needs(each) for each in command.commands)


def combined(needs: Iterable[Needs]) -> Needs:
    """The needs of several commands as one."""
    lists: tuple[list[Any], ...] = tuple([] for _ in Needs._fields)
    for need in needs:
        for gathered, wanted in zip(lists, need, strict=True):
            if wanted:
                gathered.extend(wanted)
    return Needs(*lists)


VERBS: dict[type, Verb] = {
    # ── Orders
    placing.PlaceOrder: Verb(placing.place, placing.needs_to_place),
    orders.ConfirmOrder: Verb(orders.confirm, orders.needs_to_confirm),
    orders.CancelOrder: Verb(orders.cancel, orders.needs_to_cancel),
    orders.ExtendHold: Verb(orders.extend, orders.needs_to_extend),
    amend.AmendOrder: Verb(amend.amend, amend.needs_to_amend),
    backorders.GiveUpBackorder: Verb(backorders.give_up, backorders.needs_to_give_up),
    reallocation.Reallocate: Verb(reallocation.reallocate, reallocation.needs_to_reallocate),
    # ── Money
    payments.PaymentReported: Verb(payments.report, payments.needs_to_report),
    payments.RecordPayment: Verb(payments.record, payments.needs_to_record),
    refunds.RefundPayment: Verb(refunds.refund, refunds.needs_to_refund),
    reviews.ResolveReview: Verb(reviews.resolve, reviews.needs_to_resolve),
    # ── Holds
    holds.ExpireOverdue: Verb(holds.expire_overdue, holds.needs_to_expire),
    holds.PlaceHold: Verb(holds.place_hold, holds.needs_to_place_hold),
    holds.ReleaseHold: Verb(holds.release_hold, holds.needs_to_step),
    holds.ConfirmHold: Verb(holds.confirm_hold, holds.needs_to_step),
    holds.FulfillHold: Verb(holds.fulfill_hold, holds.needs_to_step),
    holds.ExtendBareHold: Verb(holds.extend_hold, holds.needs_to_extend),
    # ── Picking, packing, shipping
    fulfilment.PickOrder: Verb(fulfilment.pick, fulfilment.needs_to_pick),
    fulfilment.ShipOrder: Verb(fulfilment.ship, fulfilment.needs_to_ship),
    fulfilment.DeliverOrder: Verb(fulfilment.deliver, fulfilment.needs_to_deliver),
    picking.RecordPick: Verb(picking.record_pick, picking.needs_to_record_pick),
    waves.CreateWave: Verb(waves.create_wave, waves.needs_to_create_wave),
    waves.FinishWave: Verb(waves.finish_wave, waves.needs_of_wave),
    waves.CancelWave: Verb(waves.cancel_wave, waves.needs_of_wave),
    packing.PackParcel: Verb(packing.pack, packing.needs_to_pack),
    # ── Returns
    returns.ReturnItems: Verb(returns.take_back, returns.needs_to_return),
    returns.RequestReturn: Verb(returns.request_return, returns.needs_to_request_return),
    returns.ReceiveReturn: Verb(returns.receive_return, returns.needs_to_receive_return),
    returns.CancelReturn: Verb(returns.cancel_return, returns.needs_to_cancel_return),
    # ── Stock
    stock.AdjustStock: Verb(stock.adjust, stock.needs_to_adjust),
    stock.SetThresholds: Verb(stock.set_thresholds, stock.needs_to_set_thresholds),
    # ── Purchase orders
    receiving.CreatePurchaseOrder: Verb(receiving.create, receiving.needs_to_create),
    receiving.ReceivePurchaseOrder: Verb(receiving.receive, receiving.needs_to_receive),
    receiving.ClosePurchaseOrder: Verb(receiving.close, receiving.needs_to_close),
    notices.AnnounceDelivery: Verb(notices.announce, notices.needs_to_announce),
    # ── Transfers
    transfers.CreateTransfer: Verb(transfers.create_transfer, transfers.needs_to_create_transfer),
    transfers.SendTransfer: Verb(transfers.send_transfer, transfers.needs_of_transfer),
    transfers.ReceiveTransfer: Verb(transfers.receive_transfer, transfers.needs_of_transfer),
    transfers.RecallTransfer: Verb(transfers.recall_transfer, transfers.needs_of_transfer),
    transfers.CancelTransfer: Verb(transfers.cancel_transfer, transfers.needs_of_transfer),
    # ── Counts
    counts.CreateCount: Verb(counts.create_count, counts.needs_to_create_count),
    counts.SaveCounted: Verb(counts.save_counted, counts.needs_to_save_counted),
    counts.RecountLines: Verb(counts.recount, counts.needs_to_recount),
    counts.CancelCount: Verb(counts.cancel_count, counts.needs_to_cancel_count),
    variances.SubmitCount: Verb(variances.submit_count, variances.needs_of_count),
    variances.ApproveCount: Verb(variances.approve_count, variances.needs_of_count),
    # ── Catalog and stores
    catalog.CreateProduct: Verb(catalog.create_product, catalog.needs_to_create_product),
    catalog.ChangeProduct: Verb(catalog.change_product, catalog.needs_to_change_product),
    catalog.CreateStore: Verb(catalog.create_store, catalog.needs_to_create_store),
    catalog.ChangeStore: Verb(catalog.change_store, catalog.needs_to_change_store),
    # ── Alerts
    alerts.AcknowledgeAlert: Verb(alerts.acknowledge, alerts.needs_of_alert),
    alerts.SnoozeAlert: Verb(alerts.snooze, alerts.needs_of_alert),
    alerts.AssignAlert: Verb(alerts.assign, alerts.needs_of_alert),
    alerts.WakeAlerts: Verb(alerts.wake, alerts.needs_to_wake),
    alerts.LookAtLevels: Verb(alerts.look_at_levels, alerts.needs_to_look),
    alerts.ReportTroubles: Verb(alerts.report_troubles, alerts.needs_to_report),
    # ── Who is told: mail and webhooks
    mail.Follow: Verb(mail.follow, mail.needs_to_follow),
    mail.PlanMail: Verb(mail.plan, mail.needs_to_plan),
    mail.ClaimMail: Verb(mail.claim, mail.needs_to_claim),
    mail.SettleMail: Verb(mail.settle, mail.needs_to_settle),
    mail.ResendMail: Verb(mail.resend, mail.needs_to_resend),
    subscriptions.Subscribe: Verb(subscriptions.subscribe, subscriptions.needs_to_subscribe),
    subscriptions.Unsubscribe: Verb(subscriptions.unsubscribe, subscriptions.needs_to_unsubscribe),
    webhooks.CreateWebhook: Verb(webhooks.create_webhook, webhooks.needs_to_create_webhook),
    webhooks.ChangeWebhook: Verb(webhooks.change_webhook, webhooks.needs_to_change_webhook),
    webhooks.RotateSecret: Verb(webhooks.rotate_secret, webhooks.needs_of_webhook),
    webhooks.DeleteWebhook: Verb(webhooks.delete_webhook, webhooks.needs_of_webhook),
    webhooks.DisableWebhook: Verb(webhooks.disable_webhook, webhooks.needs_of_webhook),
    webhooks.EnableWebhook: Verb(webhooks.enable_webhook, webhooks.needs_of_webhook),
    webhooks.TellTest: Verb(webhooks.tell_test, webhooks.needs_of_webhook),
    webhooks.ReplayWebhook: Verb(webhooks.replay_webhook, webhooks.needs_of_webhook),
    webhooks.ResendDelivery: Verb(webhooks.resend_delivery, webhooks.needs_to_resend),
    webhooks.RecordAttempts: Verb(webhooks.record_attempts, webhooks.needs_to_record),
    # ── Who may: keys and sessions
    keys.CreateKey: Verb(keys.create_key, keys.needs_to_create_key),
    keys.RevokeKey: Verb(keys.revoke_key, keys.needs_to_revoke_key),
    sessions.OfferSignIn: Verb(sessions.offer_sign_in, sessions.needs_to_offer_sign_in),
    sessions.SignIn: Verb(sessions.sign_in, sessions.needs_to_sign_in),
    sessions.SignInByLink: Verb(sessions.sign_in_by_link, sessions.needs_to_sign_in_by_link),
    sessions.SignOut: Verb(sessions.sign_out, sessions.needs_to_sign_out),
    security.ReportRefusedCallback: Verb(security.report_refused, security.needs_to_report_refused),
    # ── What the worker writes down
    housekeeping.RecordRun: Verb(housekeeping.record_run, housekeeping.needs_to_record_run),
    housekeeping.Forget: Verb(housekeeping.forget, housekeeping.needs_to_forget),
    housekeeping.ForgetLogs: Verb(housekeeping.forget_logs, housekeeping.needs_to_forget_logs),
    # ── Several at once
    Together: Verb(decide_together, needs_together),
}

# What they change is seen by the batches that follow.
CATALOG_CHANGES = frozenset({catalog.CreateProduct, catalog.ChangeProduct, catalog.CreateStore, catalog.ChangeStore})
