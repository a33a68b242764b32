"""The schema's history. `migrate` brings a database to the newest revision; `onhand migrate` and a start call it."""
