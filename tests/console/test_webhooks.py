"""Webhooks in a browser: made, looked at, told again; and who is told by mail, by which policies, by which duties."""

import re

import pytest
from playwright.sync_api import expect
from tests.console.hands import press, says
from tests.console.screens import tell_a_webhook

from onhand.cli.demo import open_demo_shop
from onhand.rows import Delivery, Mail, Subscription, Webhook
from onhand.trade.mail import ClaimMail, Failure, PlanMail, PlannedMail, SettleMail
from onhand.views.webhooks import due_deliveries


@pytest.fixture
def page(person):
    return person("Ada")


@pytest.mark.walk
def test_a_delivery_that_failed_is_told_again(page, shop):
    open_demo_shop(shop.engine, with_past=False)
    webhook = tell_a_webhook(shop)
    page.goto("/console/webhooks")
    expect(page.get_by_role("row", name="erp.example")).to_contain_text("switched on")
    page.get_by_role("link", name="https://erp.example/hooks").click()
    page.get_by_role("link", name="waiting", exact=True).click()
    expect(page.locator("#deliveries tbody tr")).to_have_count(1)
    page.locator("#deliveries summary").click()
    expect(page.locator(".attempts")).to_contain_text("503")
    expect(page.locator(".attempts")).to_contain_text("upstream is away")
    assert due(shop) == []
    page.get_by_role("button", name=re.compile("^Send again")).click()
    says(page, "It is sent again, under the same id.")
    (failed,) = (each for each in shop.rows(Delivery) if each.state == "waiting")
    assert (failed.webhook_id, failed.attempts) == (webhook, 0)
    assert [each.event.position for each in due(shop)] == [failed.position]


def due(shop):
    """What the worker would tell now."""
    (webhook,) = shop.rows(Webhook)
    with shop.engine.database.reading() as connection:
        return due_deliveries(connection, webhook, shop.moment.now(), 10)


def test_a_webhook_is_made_changed_and_ended(page, shop):
    page.goto("/console/webhooks")
    page.get_by_label("Address").fill("http://127.0.0.1/hooks")
    press(page, "Add it")
    expect(page.get_by_role("alert")).to_contain_text("127.0.0.1")
    page.get_by_label("Address").fill("https://93.184.215.14/hooks")
    page.get_by_label("Events").fill("order.* no.such")
    press(page, "Add it")
    expect(page.locator("form .error")).to_contain_text("no.such")
    page.get_by_label("Events").fill("order.*, stock.changed")
    page.get_by_label("One event of an order").check()
    press(page, "Add it")
    secret = page.locator(".secret").inner_text()
    (webhook,) = shop.rows(Webhook)
    assert (webhook.secret, webhook.events, webhook.ordered) == (secret, "order.* stock.changed", 1)
    page.goto(f"/console/webhooks/{webhook.id}")
    expect(page.get_by_text(secret)).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    press(page, "New secret")
    expect(page.locator(".secret")).not_to_have_text(secret)
    assert shop.rows(Webhook)[0].former_secret == secret
    page.goto(f"/console/webhooks/{webhook.id}")
    page.get_by_label("Events").fill("")
    press(page, "Save")
    says(page, "Saved.")
    press(page, "Send a test")
    says(page, "A test is on its way")
    press(page, "Switch off")
    says(page, "none is lost")
    (now,) = shop.rows(Webhook)
    assert (now.events, now.status, now.told) == (None, "disabled", 2)
    press(page, "Switch on")
    says(page, "go out again")
    press(page, "Delete")
    says(page, "The webhook is deleted.")
    expect(page.get_by_text("No webhooks yet")).to_be_visible()


def test_who_is_told_of_alerts_by_mail(person, shop):
    page = person("Ada", java_script_enabled=False)
    page.goto("/console/alerts/mail")
    page.get_by_label("E-mail").fill("ana@shop.example")
    for kind in ("Out of stock", "Time to reorder"):
        page.get_by_label(kind).uncheck()
    press(page, "Tell them")
    expect(page.locator("#e-kinds")).to_be_visible()
    for kind in ("Out of stock", "Time to reorder"):
        page.get_by_label(kind).check()
    press(page, "Tell them")
    says(page, "ana@shop.example is told from now on.")
    (row,) = shop.rows(Subscription)
    assert (row.email, row.kinds, row.language) == ("ana@shop.example", "out_of_stock reorder_point", "en")
    page.get_by_role("button", name="End ana@shop.example").click()
    says(page, "Nothing more goes there.")
    assert shop.rows(Subscription)[0].ended_at is not None


def test_policies_and_duties_are_shown(page):
    page.goto("/console/policies")
    expect(page.get_by_role("row", name="An unpaid order keeps its stock for")).to_contain_text("15 minutes")
    expect(page.get_by_role("row", name="Callbacks of Stripe are accepted")).to_contain_text("no")
    page.goto("/console/duties")
    expect(page.get_by_role("row", name="expire-holds")).to_contain_text("never done")


def test_a_mail_that_nobody_got_is_sent_again(page, shop):
    to = "ana@shop.example"
    shop.run(PlanMail((PlannedMail("alert/1/1", to, "alert", "1", "{}"),)))
    page.goto("/console/duties")
    expect(page.locator("#mails")).to_contain_text("Every mail was taken")
    shop.run(ClaimMail((("alert/1/1", to),)))
    shop.run(SettleMail((("alert/1/1", to, 1, Failure("550 No such user", is_final=True)),)))
    page.goto("/console/duties")
    expect(page.get_by_role("row", name=to)).to_contain_text("550 No such user")
    page.get_by_role("button", name=re.compile("^Send again")).click()
    says(page, "It is sent again in a moment.")
    assert [(mail.status, mail.tries) for mail in shop.rows(Mail)] == [("due", 0)]
