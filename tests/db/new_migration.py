"""Write a migration: what the tables in `onhand/db` have and the newest one does not make. `./dev migration "gift
notes"`.

What it writes is a draft to be read and finished by hand: types become `Id` and `Whole` where they are those, and data
that the change needs is moved in it.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command

from onhand.db import revision
from onhand.db.database import open_database
from onhand.db.migrate import alembic_config, migrate


def main(what_for: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'newest.db'}")
        migrate(database)
        config = alembic_config()
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            number = f"{int(revision.newest()) + 1:04}"
            command.revision(config, what_for, autogenerate=True, rev_id=number)
        database.close()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
