"""Losses of pictures: how different two of them look."""

__all__: list[str] = []
