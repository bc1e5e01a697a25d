"""The linter for a loss of your own: it tries what goes wrong in practice and says how to cure it.

>>> import lossbook as lb
>>> report = lb.check_loss(lb.losses.huber, speed=False)
>>> report.passed
True

A loss of your own says what it is of, ``check_loss(mine, kind="regression")``, or brings an example batch, passed as
the loss itself is called: ``check_loss(mine, anchor, positive, negative=negative)``.

``python -m lossbook check module:function`` does the same for continuous integration; ``--example module:name`` names
the example batch there.
"""

from lossbook.linting.findings import LEVELS, Finding
from lossbook.linting.report import Report
from lossbook.linting.run import check_loss

__all__ = ["LEVELS", "Finding", "Report", "check_loss"]
