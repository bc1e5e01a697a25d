"""Losses of models that make samples."""

__all__: list[str] = []
