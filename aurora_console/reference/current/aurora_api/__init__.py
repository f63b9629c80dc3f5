"""The HTTP side of the core: routes, chat, and the store of solved tasks."""
