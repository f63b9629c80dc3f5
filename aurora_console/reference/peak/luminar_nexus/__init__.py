"""Luminar Nexus: registers services and discovers them by capability. It forwards nothing."""
