"""Losses of regions in pictures: how well a predicted region covers the true one."""

__all__: list[str] = []
