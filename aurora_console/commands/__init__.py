"""Each thing that a user can do, declared once: key, footer, palette and help derive from it."""
