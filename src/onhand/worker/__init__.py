"""What has to be done again and again, whoever asks: `schedule.py` says what and how often, `loop.py` does it."""
