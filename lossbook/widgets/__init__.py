"""The book's widgets: live in Jupyter (two-way), in the built page (no kernel), and as a still picture on paper."""

from importlib import import_module

_PUBLIC = {
    "BoundaryTug": "lossbook.widgets.boundary_tug",
    "CatLogits": "lossbook.widgets.cat_logits",
    "Elicitation": "lossbook.widgets.elicitation",
    "EmbeddingLab": "lossbook.widgets.embedding_lab",
    "ImbalanceLab": "lossbook.widgets.imbalance_lab",
    "Landscape": "lossbook.widgets.landscape",
    "LossExplorer": "lossbook.widgets.loss_explorer",
    "MarginLab": "lossbook.widgets.margin_lab",
    "MeasuredTable": "lossbook.widgets.measured_table",
    "RobustFit": "lossbook.widgets.robust_fit",
    "ScrubARun": "lossbook.widgets.scrub_a_run",
    "SoftmaxBench": "lossbook.widgets.softmax_bench",
    "StepThrough": "lossbook.widgets.step_through",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str):
    if name not in _PUBLIC:
        raise AttributeError(f"lossbook.widgets has no {name!r}; it has {', '.join(_PUBLIC)}")
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *_PUBLIC})
