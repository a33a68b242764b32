"""Who does a recurring duty now, where several processes share a database: a row that its holder keeps renewing."""

from sqlalchemy import text

from onhand.db.database import Database

_MAKE = text("INSERT INTO leases (name, holder, expires_at) VALUES (:name, '', 0) ON CONFLICT (name) DO NOTHING")
_CLAIM = text(
    "UPDATE leases SET holder = :holder, expires_at = :until "
    "WHERE name = :name AND (expires_at <= :now OR holder = :holder)"
)
_RELEASE = text("UPDATE leases SET expires_at = 0 WHERE name = :name AND holder = :holder")


def claim(database: Database, name: str, holder: str, now: int, until: int) -> bool:
    """Take or renew a lease. False while another holder's has not run out.

    A database that one process owns needs no lease: its owner has them all.
    """
    if not database.is_shared:
        return True
    claimed = {"name": name, "holder": holder, "now": now, "until": until}
    with database.engine.begin() as connection:
        if connection.execute(_CLAIM, claimed).rowcount == 1:
            return True
        connection.execute(_MAKE, {"name": name})
        return connection.execute(_CLAIM, claimed).rowcount == 1


def release(database: Database, name: str, holder: str) -> None:
    """Give a lease back before it runs out, so that nobody has to wait for that."""
    if database.is_shared:
        with database.engine.begin() as connection:
            connection.execute(_RELEASE, {"name": name, "holder": holder})
