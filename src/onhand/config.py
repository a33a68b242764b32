"""Settings: every one is `ONHAND_<NAME>` in the environment or in a `.env` file, and a flag of `onhand serve`."""

import base64
import difflib
import os
import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from onhand.books import Policy
from onhand.trade.money import CURRENCIES

PREFIX = "ONHAND_"
_INJECTED = re.compile(r"ONHAND_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)")
_WHO_INJECTS = "container platforms set such names for a service that is called `onhand`"


class Settings(BaseSettings):
    """All that can be set, with the defaults of a small shop on one machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: str = Field(
        default="sqlite:///onhand.db", description="sqlite:///FILE or postgresql://USER@HOST/NAME"
    )
    database_distributed: bool = Field(
        default=False, description="PostgreSQL-compatible, but sharded: lock one store at a time"
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    workers: int = Field(
        default=1, ge=1, le=64, description="Server processes on one port, which share a PostgreSQL; SQLite takes one"
    )
    bootstrap_key: str | None = Field(default=None, description="An admin key that works from the first start")
    hold_minutes: float = Field(default=15, gt=0, description="How long an unpaid order keeps its stock")
    hold_minutes_max: float = Field(default=10_080, gt=0, description="The longest hold that a caller may ask for")
    currency: str = Field(default="USD", description="Currency of products that name none (ISO 4217)")
    webhook_allow_private: bool = Field(
        default=False, description="Let webhooks call addresses that are not public: for development"
    )
    webhook_timeout_seconds: float = Field(default=15, gt=0, description="How long a webhook's receiver may take")
    sourcing: Literal["fewest_splits", "priority", "nearest", "most_stock"] = Field(
        default="fewest_splits", description="The rule that chooses stores for items that name none, before the others"
    )
    transit_days: int = Field(
        default=3, ge=0, le=365, description="Working days on the way to a customer, where a store says nothing else"
    )
    payhere_merchant_id: str | None = Field(default=None, description="PayHere: the merchant's id")
    payhere_merchant_secret: str | None = Field(default=None, description="PayHere: the secret of the domain or app")
    stripe_webhook_secrets: str | None = Field(
        default=None, description="Stripe: the secrets of the webhook endpoint, separated by commas"
    )
    callback_secrets: str | None = Field(
        default=None, description="Secrets (whsec_...) of the generic payment callback, separated by commas"
    )
    payment_window_minutes: float = Field(
        default=60, gt=0, le=10_080, description="How long a pending payment keeps the stock, from its first try"
    )
    on_payment_failed: Literal["release", "keep"] = Field(
        default="release", description="What a failed payment does to the hold"
    )
    on_late_payment: Literal["review", "refund", "backorder", "substitute"] = Field(
        default="review", description="What becomes of an order that is paid after its stock has gone"
    )
    expire_every_seconds: float = Field(default=2, gt=0, description="How often the worker sweeps overdue holds")
    smtp_url: str | None = Field(
        default=None,
        pattern="^smtps?://[^/]",
        description="smtp://USER:PASSWORD@HOST:PORT, smtps://…; without one no mail is sent",
    )
    mail_from: str = Field(default="Onhand <onhand@localhost>", description="Who mail comes from")
    mail_templates: str | None = Field(default=None, description="A folder of templates that replace those of Onhand")
    mail_digest_hour: int = Field(default=7, ge=0, le=23, description="From which hour (UTC) digests go out")
    broker_url: str | None = Field(
        default=None,
        pattern="^(nats|redis)://[^/]",
        description="nats://HOST:PORT or redis://HOST:PORT: where to publish the feed",
    )
    broker_topic: str = Field(default="onhand", description="The stream that the feed is published to")
    print_font: str | None = Field(
        default=None, description="A TrueType file with the letters that PDFs lack without it: Cyrillic, Japanese …"
    )
    logs_kept_days: int = Field(
        default=30,
        ge=1,
        le=36_500,
        description="How long deliveries to webhooks and mails are kept, once they are settled",
    )
    log_format: Literal["text", "json"] = Field(default="text", description="text for people, json for collectors")

    @field_validator("port", mode="before")
    @classmethod
    def _plain_port(cls, value: object) -> object:
        if isinstance(value, str) and "://" in value:
            raise ValueError(
                f"{value!r} is an address, not a port. Container platforms set ONHAND_PORT like this for a service "
                "named `onhand`: rename the service, or set ONHAND_PORT to the number yourself"
            )
        return value

    @field_validator("bootstrap_key")
    @classmethod
    def _without_the_end_of_its_line(cls, value: str | None) -> str | None:
        return None if value is None else value.strip() or None  # A key out of a file would else never match.

    @field_validator("hold_minutes_max")
    @classmethod
    def _as_long_as_a_hold(cls, value: float, given: ValidationInfo) -> float:
        if value < given.data.get("hold_minutes", value):
            raise ValueError(f"{value:g} is less than ONHAND_HOLD_MINUTES ({given.data['hold_minutes']:g})")
        return value

    @field_validator("currency")
    @classmethod
    def _a_currency(cls, value: str) -> str:
        if value not in CURRENCIES:
            raise ValueError(f"{value!r} is not an ISO 4217 currency code, such as EUR")
        return value

    @field_validator("mail_templates")
    @classmethod
    def _a_folder(cls, value: str | None) -> str | None:
        if value is not None and not os.path.isdir(value):
            raise ValueError(f"there is no folder {value}")
        return value

    @field_validator("callback_secrets")
    @classmethod
    def _base64_secrets(cls, value: str | None) -> str | None:
        for secret in (value or "").split(","):
            encoded = secret.strip().removeprefix("whsec_").rstrip("=")
            try:
                key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
            except ValueError:
                raise ValueError("each secret is base64, with or without the prefix whsec_") from None
            if secret.strip() and not key:
                raise ValueError("a secret of no bytes is none: anybody could sign with it")
        return value

    @field_validator("print_font")
    @classmethod
    def _a_font(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            with open(value, "rb") as font:
                kind = font.read(4)
        except OSError as error:
            raise ValueError(f"a TrueType font: {error}") from None
        if kind not in (b"\0\1\0\0", b"true", b"ttcf"):
            raise ValueError(f"{value} is no TrueType font")
        return value

    @property
    def policy(self) -> Policy:
        """The part that decisions depend on."""
        others = tuple(rule for rule in Policy().sourcing if rule != self.sourcing)
        return Policy(
            self.hold_minutes,
            self.hold_minutes_max,
            self.currency,
            (self.sourcing, *others),
            self.transit_days,
            payment_window_minutes=self.payment_window_minutes,
            on_payment_failed=self.on_payment_failed,
            on_late_payment=self.on_late_payment,
        )


def unknown_settings(environment: Mapping[str, str | None]) -> list[str]:
    """A sentence for each `ONHAND_` name that is no setting, with the nearest one that is."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    sentences = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            if _INJECTED.fullmatch(name):
                sentences.append(f"{name} is not a setting of Onhand and was ignored: {_WHO_INJECTS}")
                continue
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            sentences.append(f"{name} is not a setting of Onhand and was ignored{hint}")
    return sentences
