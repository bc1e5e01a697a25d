"""Reports are made afresh: nothing compiled is taken from a cache or left in one."""

import pytest


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    monkeypatch.setenv("LOSSBOOK_CACHE", "off")
