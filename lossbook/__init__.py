"""The Loss Book's package: one definition per loss, claims that are measured, widgets that explain.

``import lossbook as lb`` is quick: torch and matplotlib are loaded when a name that needs them is first used.
"""

from importlib import import_module

__version__ = "0.1.0"

# public name -> where it lives; None means that the name is the module itself
_PUBLIC = {
    "losses": None,
    "javascript": None,
    "widgets": None,
    "claims": None,
    "experiments": None,
    "figures": None,
    "datasets": None,
    "exercises": None,
    "questions": None,
    "setup": "lossbook.session",
    "compile_js": "lossbook.javascript",
    "claim": "lossbook.claims",
    "rule": "lossbook.claims",
    "check": "lossbook.exercises",
    "check_loss": "lossbook.linting",
    "question": "lossbook.questions",
    "definition": "lossbook.losses",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"module 'lossbook' has no attribute {name!r}; it has {', '.join(sorted(_PUBLIC))}")
    home = _PUBLIC[name]
    value = import_module(f"lossbook.{name}") if home is None else getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_PUBLIC})
