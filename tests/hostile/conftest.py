"""Small systems, taken down with the test that asked for one."""

from __future__ import annotations

from tests.engine.systems import system

__all__ = ["system"]
