"""A loss's LaTeX formula as a Python function: the subset of LaTeX that the records use, read by a small parser."""

import math
import re

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\\\|\\[{}]|\d+(?:\.\d+)?|[a-zA-Z]|\S")
_FUNCTIONS = {r"\Gamma": math.gamma, r"\log": math.log, r"\cosh": math.cosh, r"\exp": math.exp}
_FUNCTIONS |= {  # of the normal distribution
    r"\Phi": lambda z: math.erfc(-z / math.sqrt(2)) / 2,
    r"\varphi": lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
}
_BRACKETS = {"(": ")", r"\lfloor": r"\rfloor"}
_SPACING = {r"\left", r"\right", r"\,", r"\;", r"\ "}
_COMPARE = {
    r"\le": lambda a, b: a <= b,
    r"\ge": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}


def evaluate(formula: str, **values) -> float:
    """The right-hand side of ``formula`` (``\\ell(r) = ...``) with the letters given by their LaTeX names.

    values maps a letter to a number; an indexed letter (x_k) to a list, counted from 1. Greek letters are given by
    their names without the backslash.
    """
    right = formula.split("=", 1)[1] if formula.startswith(r"\ell") else formula
    return _Reader(right, values).whole()


class _Reader:
    def __init__(self, text, values):
        text = text.replace(r"\begin{cases}", r"\cases ").replace(r"\end{cases}", r"\endcases ")
        self.tokens = [t for t in _TOKEN.findall(text) if t not in _SPACING]
        self.at, self.values = 0, dict(values)

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *expected):
        token = self.peek()
        if token is None or (expected and token not in expected):
            raise SyntaxError(f"expected {expected} at {self.tokens[self.at :]}")
        self.at += 1
        return token

    def whole(self):
        value = self.sum()
        if self.peek() is not None:
            raise SyntaxError(f"left over: {self.tokens[self.at :]}")
        return value

    def sum(self):
        sign = -1 if self.peek() == "-" else 1
        if sign < 0:
            self.take("-")
        value = sign * self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self):
        value = self.power()
        while self.peek() not in (None, "+", "-", ")", "}", "|", r"\rfloor", "&", r"\\", r"\endcases", ",", *_COMPARE):
            if self.peek() == "/":
                self.take("/")
                value = value / self.power()
            else:
                value = value * self.power()
        return value

    def power(self):
        value = self.atom()
        if self.peek() == "^":
            self.take("^")
            value = value ** (self.group() if self.peek() == "{" else self.atom())
        return value

    def group(self):
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self):
        token = self.take()
        if token[0].isdigit():
            return float(token)
        if token in (r"\tfrac", r"\frac"):
            return self.group() / self.group()
        if token == r"\sqrt":
            return math.sqrt(self.group())
        if token in _FUNCTIONS:
            return _FUNCTIONS[token](self.product())
        if token == r"\max":
            return self.maximum()
        if token == r"\sum":
            return self.sigma()
        if token == r"\cases":
            return self.cases()
        if token in _BRACKETS:
            value = self.sum()
            self.take(_BRACKETS[token])
            return value
        if token == "|":
            value = self.sum()
            self.take("|")
            return abs(value)
        return self.letter(token.lstrip("\\"))

    def letter(self, name):
        if name == "e" and name not in self.values:
            return math.e
        if self.peek() == "_" and f"{name}_{self.tokens[self.at + 1]}" in self.values:  # a letter with a mark, p_m
            self.take("_")
            return self.values[f"{name}_{self.take()}"]
        value = self.values[name]
        if self.peek() == "_":
            self.take("_")
            value = value[int(self.letter(self.take())) - 1]
        return value

    def maximum(self):
        self.take("(")
        first = self.sum()
        self.take(",")
        second = self.sum()
        self.take(")")
        return max(first, second)

    def sigma(self):
        """``\\sum_{k=1}^{C}`` of the product that follows."""
        for token in ("_", "{"):
            self.take(token)
        name = self.take()
        self.take("=")
        low = int(self.take())
        for token in ("}", "^"):
            self.take(token)
        high, start, total = int(self.group()), self.at, 0.0
        for k in range(low, high + 1):
            self.at, self.values[name] = start, k
            total += self.product()
        return total

    def cases(self):
        """value & condition, for each row; the first row whose condition holds."""
        found = None
        while self.peek() != r"\endcases":
            value = self.sum()
            self.take("&")
            left = self.sum()
            holds = _COMPARE[self.take()](left, self.sum())
            found = value if found is None and holds else found
            if self.peek() == r"\\":
                self.take()
        self.take()
        return found
