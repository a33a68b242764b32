"""The database: every table, how a batch's rows are brought, and how they are written back."""
