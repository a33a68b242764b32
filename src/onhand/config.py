"""Settings: every one is `ONHAND_<NAME>` in the environment or in a `.env` file, and a flag of `onhand serve`."""

import difflib
import os
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from onhand.books import Policy

PREFIX = "ONHAND_"


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
    sourcing: Literal["fewest_splits", "priority", "nearest", "most_stock"] = Field(
        default="fewest_splits", description="The rule that chooses stores for items that name none, before the others"
    )
    transit_days: int = Field(
        default=3, ge=0, le=365, description="Working days on the way to a customer, where a store says nothing else"
    )
    expire_every_seconds: float = Field(default=2, gt=0, description="How often the worker sweeps overdue holds")
    log_format: str = Field(default="text", pattern="^(text|json)$", description="text for people, json for collectors")

    @field_validator("port", mode="before")
    @classmethod
    def _plain_port(cls, value: object) -> object:
        if isinstance(value, str) and "://" in value:
            raise ValueError(
                f"{value!r} is an address, not a port. Container platforms set ONHAND_PORT like this for a service "
                "named `onhand`: rename the service, or set ONHAND_PORT to the number yourself"
            )
        return value

    @property
    def policy(self) -> Policy:
        """The part that decisions depend on."""
        others = tuple(rule for rule in Policy().sourcing if rule != self.sourcing)
        return Policy(
            self.hold_minutes, self.hold_minutes_max, self.currency, (self.sourcing, *others), self.transit_days
        )


def unknown_settings(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each `ONHAND_` name that is no setting, with the nearest one that is."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    sentences = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            sentences.append(f"{name} is not a setting of Onhand and was ignored{hint}")
    return sentences
