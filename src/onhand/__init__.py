"""Onhand: an order-inventory engine."""
