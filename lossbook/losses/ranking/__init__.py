"""Losses of lists: whether what matters more comes first."""

__all__: list[str] = []
