"""What a function's result can depend on, as one digest.

The digest covers the function's code (with nested functions and constants), its defaults, the values that it
closes over, and the globals that it reads, followed through the functions that it calls.  The standard
library, torch and NumPy count by their version.  Where something else is involved, whose content cannot be
told, there is no digest.
"""

from __future__ import annotations

import builtins
import dis
import functools
import hashlib
import sys
import types
from collections.abc import Callable, Iterator

_KNOWN_PACKAGES = {"torch", "numpy", "math", "builtins"} | set(sys.stdlib_module_names)
_HIDDEN_READS = {"eval", "exec", "globals", "locals", "vars", "open", "input", "__import__", "getattr", "setattr"}
_LOOKUPS = ("LOAD_GLOBAL", "LOAD_NAME")


class Unknown(Exception):
    """The function depends on something whose content cannot be told."""


def fingerprint(fn: Callable) -> str:
    """A hex digest that differs whenever the result of `fn` may differ.

    Raises:
        Unknown: if the function reads something that has no stable content, such as an object of a class of
            the reader's own or a module that can change.
    """
    digest = hashlib.sha256()
    for piece in _describe(fn, {}):
        digest.update(f"{len(piece)}:{piece}".encode())
    return digest.hexdigest()


def _describe(value, seen: dict[int, int]) -> Iterator[str]:
    """Pieces of text that tell `value` from every value that is not the same."""
    if id(value) in seen and not isinstance(value, (int, float, str, type(None))):
        yield f"seen {seen[id(value)]}"  # functions may refer to themselves
    elif value is None or value is Ellipsis or isinstance(value, (bool, int, float, complex, str, bytes)):
        yield f"{type(value).__name__} {value!r}"
        if type(value).__module__ not in ("builtins", "numpy"):
            raise Unknown(f"a {type(value).__name__}")
    elif isinstance(value, types.CodeType):
        yield from _code(value, seen)
    elif isinstance(value, types.FunctionType):
        seen[id(value)] = len(seen)
        yield from _function(value, seen)
    elif isinstance(value, functools.partial):
        yield "partial"
        for part in (value.func, value.args, value.keywords):
            yield from _describe(part, seen)
    elif isinstance(value, (tuple, list)) and type(value) in (tuple, list):
        yield f"{type(value).__name__} {len(value)}"
        for part in value:
            yield from _describe(part, seen)
    elif type(value) is dict:
        yield f"dict {len(value)}"
        for key, part in value.items():
            yield from _describe(key, seen)
            yield from _describe(part, seen)
    elif type(value) in (set, frozenset):
        yield f"{type(value).__name__} {len(value)}"
        yield from sorted("|".join(_describe(part, seen)) for part in value)
    elif isinstance(value, types.ModuleType):
        yield _package(value.__name__)
    elif isinstance(value, (type, types.BuiltinFunctionType)):
        yield f"{_package(value.__module__ or 'builtins')} {value.__qualname__}"
    else:
        yield _foreign(value)


def _foreign(value) -> str:
    """Tensors, arrays and the like; torch is not imported for this."""
    home = type(value).__module__.split(".")[0]
    if home == "numpy" and hasattr(value, "tobytes") and value.dtype.kind != "O":
        return f"numpy {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}"
    if home == "torch" and type(value).__name__ in ("Tensor", "Parameter"):
        array = value.detach().cpu().resolve_conj().resolve_neg().contiguous().flatten()
        raw = array.view(sys.modules["torch"].uint8).numpy().tobytes()
        return f"torch {value.dtype} {tuple(value.shape)} {hashlib.sha256(raw).hexdigest()}"
    if home in ("torch", "numpy") and type(value).__name__ in ("dtype", "ufunc", "OpOverloadPacket", "OpOverload"):
        return f"{home} {value}"
    if type(value).__name__ in ("method_descriptor", "wrapper_descriptor", "method-wrapper"):
        return f"{value!r}" if " at 0x" not in repr(value) else _refuse(value)
    return _refuse(value)


def _refuse(value):
    raise Unknown(f"an object of type {type(value).__name__}")


def _function(fn: types.FunctionType, seen: dict[int, int]) -> Iterator[str]:
    home = fn.__globals__.get("__name__", "")
    yield f"function {fn.__qualname__}"
    yield from _code(fn.__code__, seen)
    for part in (fn.__defaults__, fn.__kwdefaults__, *_cells(fn)):
        yield from _describe(part, seen)
    if home.split(".")[0] in _KNOWN_PACKAGES - {"__main__"}:
        yield _package(home)
        return
    for name in sorted(_global_names(fn.__code__)):
        if name in fn.__globals__:
            yield name
            yield from _describe(fn.__globals__[name], seen)
        elif name in _HIDDEN_READS or not hasattr(builtins, name):
            raise Unknown(f"the name {name}")
    for name, part in sorted(vars(fn).items()):
        if name != "__wrapped__":
            yield name
            yield from _describe(part, seen)


def _cells(fn: types.FunctionType) -> Iterator:
    for cell in fn.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            raise Unknown("a variable that has no value yet") from None


def _code(code: types.CodeType, seen: dict[int, int]) -> Iterator[str]:
    yield f"code {code.co_code.hex()} {code.co_exceptiontable.hex()} {code.co_flags} {code.co_argcount}"
    yield f"{code.co_posonlyargcount} {code.co_kwonlyargcount} {code.co_names} {code.co_varnames}"
    yield f"{code.co_freevars} {code.co_cellvars}"
    for part in code.co_consts:
        yield from _describe(part, seen)


def _global_names(code: types.CodeType) -> set[str]:
    """Every global that the code or a function nested in it reads; imports inside it must be of known packages."""
    names = set()
    for step in dis.get_instructions(code):
        if step.opname in _LOOKUPS:
            names.add(step.argval)
        elif step.opname == "IMPORT_NAME":
            _package(step.argval)
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            names |= _global_names(part)
    return names


def _package(name: str) -> str:
    """A module of the standard library, torch or NumPy, whose content its version tells."""
    if name.split(".")[0] not in _KNOWN_PACKAGES - {"__main__"}:
        raise Unknown(f"the module {name}")
    return f"module {name}"
