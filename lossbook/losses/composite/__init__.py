"""Losses made of losses: sums, weights, penalties, curricula."""

__all__: list[str] = []
