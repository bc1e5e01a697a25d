"""Losses of bounding boxes: how far a predicted box is from the true one."""

__all__: list[str] = []
