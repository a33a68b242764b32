"""HTTP: requests become commands and questions, outcomes become answers. `app.py` has every route on one screen."""
