"""Losses of bounding boxes: how far a predicted box is from the true one."""

from lossbook.losses.boxes.cover import giou_loss, iou_loss  # isort: skip
from lossbook.losses.boxes.centers import ciou_loss, diou_loss

__all__ = ["ciou_loss", "diou_loss", "giou_loss", "iou_loss"]
