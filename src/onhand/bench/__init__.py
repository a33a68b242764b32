"""`onhand bench`: how many orders a second, and against what.

A figure from one machine says little about another, so the bench measures ratios: contestants write the same rows for
the same orders into the same tables, one after the other in the same session, round after round, and what is judged is
the median of the rounds' ratios. docs/benchmarks.md says how each figure is taken and what it does not show.
"""
