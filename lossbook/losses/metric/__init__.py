"""Losses of embeddings: what is alike should be near, what is not should be far."""

__all__: list[str] = []
