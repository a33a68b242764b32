"""What the tables are made of."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, MetaData, Text, TextClause

from onhand.db.dialect import Bytewise, Id, Whole

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def id_(name: str, *, key: bool = False, null: bool = False) -> Column[Any]:
    return Column(name, Id, primary_key=key, nullable=null, autoincrement=False)


def text_(name: str, *, key: bool = False, null: bool = False, default: str | TextClause | None = None) -> Column[Any]:
    return Column(name, Text, primary_key=key, nullable=null, server_default=default)


def subject_(name: str, *, key: bool = False) -> Column[Any]:
    """Sorted by its bytes, whatever language the database was made for: places in the feed depend on it."""
    return Column(name, Bytewise, primary_key=key, nullable=False)


def whole_(name: str, *, key: bool = False, null: bool = False, default: str | None = None) -> Column[Any]:
    return Column(name, Whole, primary_key=key, nullable=null, autoincrement=False, server_default=default)


def one_of_(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=f"{column}_known")
