"""Reports without the checks that take long, and one finding of them."""

import lossbook as lb

QUICK = {"speed": False, "skip": "javascript"}


def report(fn, *args, **more):
    return lb.check_loss(fn, *args, **{**QUICK, **more})


def found(fn, *args, check, **more):
    (finding,) = report(fn, *args, **more).of(check)
    return finding.level, finding.found
