"""The garbage collector in a process whose work is short-lived rows."""

import gc

YOUNG_OBJECTS = 20_000
"""About what a batch of 256 orders makes: they are gone when it is answered, without any search for cycles."""


def spare() -> None:
    """Exempt everything that is there now from garbage collection, and collect less often. Call it once, when all is
    imported and open.

    A batch makes thousands of rows, none of them in a reference cycle. With its default thresholds the collector would
    search all modules, tables and routes every few batches: about a fifth of the time that an order takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
