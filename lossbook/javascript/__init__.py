"""PyTorch losses as JavaScript: one definition trains models in Python and runs in a page.

`compile_js` records the ATen operations of a function and of its gradient, turns every tensor element into one
scalar expression, and prints straight-line JavaScript whose results agree with torch's in double precision.
"""

from lossbook.javascript.compile import compile_js
from lossbook.javascript.compiled import Compiled, module
from lossbook.javascript.node import node, run_module
from lossbook.javascript.refusals import CannotCompile

__all__ = ["CannotCompile", "Compiled", "compile_js", "module", "node", "run_module"]
