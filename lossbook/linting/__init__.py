"""The linter for a loss of your own: it tries what goes wrong in practice and says how to cure it.

>>> import lossbook as lb
>>> report = lb.check_loss(lb.losses.huber, speed=False)
>>> report.passed
True

``python -m lossbook check module:function`` does the same for continuous integration.
"""

from lossbook.linting.findings import LEVELS, Finding
from lossbook.linting.report import Report
from lossbook.linting.run import check_loss

__all__ = ["LEVELS", "Finding", "Report", "check_loss"]
