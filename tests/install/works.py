"""Run in a fresh environment and outside the checkout: the installed package is whole."""

import os
import tempfile
from pathlib import Path

os.chdir(tempfile.mkdtemp())

import lossbook as lb  # noqa: E402

home = Path(lb.__file__).parent
assert "site-packages" in home.parts, f"lossbook was imported from {home}, not from the environment"

widget = lb.widgets.LossExplorer(losses=["mse", "huber"])
bundle = widget._repr_mimebundle_()
bundle = bundle[0] if isinstance(bundle, tuple) else bundle
assert {"application/vnd.jupyter.widget-view+json", "image/svg+xml"} <= set(bundle), sorted(bundle)
assert "export" in widget._esm, "the front end was not bundled into the wheel"

compiled = lb.compile_js(lb.losses.huber.definition, wrt="input", name="huber", input=(), target=(), delta=())
assert "function huber_grad(" in compiled.gradient_source

assert (home / "claims.yml").is_file(), "the recorded claims are not in the wheel"
print("lossbook", lb.__version__, "works: widget, still picture, compiled loss, claims")
