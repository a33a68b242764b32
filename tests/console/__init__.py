"""A package, so that what its tests share, a browser above all, ends with it: see `browser` in conftest.py."""
