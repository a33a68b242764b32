"""The garbage collector in a process whose work is short-lived rows."""

import gc

YOUNG_OBJECTS = 20_000
"""About what a batch of 256 orders makes: they are gone when it is answered, without any search for cycles."""


def spare() -> None:
    """Call it once, when everything is imported and open: what is there by then is never searched again.

    A batch makes thousands of rows that the collector looks at and that no cycle holds. By its own thresholds it would
    go through all modules, tables and routes every few batches: about a fifth of the time that an order takes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
