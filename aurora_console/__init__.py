"""Grow a live system phase by phase without losing what works."""

__version__ = "0.1.0"
