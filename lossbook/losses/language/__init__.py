"""Losses of sequences of tokens."""

__all__: list[str] = []
