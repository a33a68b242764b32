"""Who is signed in to the console."""

from sqlalchemy import Connection, select

from onhand.db.schema import api_keys, sessions
from onhand.rows import ApiKey, Session


def find_session(connection: Connection, secret_hash: str, now: int) -> Session | None:
    """The session of that secret, if it lasts."""
    question = select(sessions).where(
        sessions.c.secret_hash == secret_hash, sessions.c.ended_at.is_(None), sessions.c.expires_at > now
    )
    row = connection.execute(question).first()
    return None if row is None else Session._make(row)


def admin_key(connection: Connection) -> ApiKey | None:
    """The oldest key that may do everything everywhere."""
    question = select(api_keys).where(api_keys.c.revoked_at.is_(None), api_keys.c.stores.is_(None))
    keys = map(ApiKey._make, connection.execute(question.order_by(api_keys.c.created_at, api_keys.c.id)))
    return next((key for key in keys if "admin" in key.scopes.split()), None)
