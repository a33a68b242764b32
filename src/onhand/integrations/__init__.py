"""Outside dialects: what is said to Onhand turned into commands, and what Onhand says turned into theirs."""
