"""Aurora's parallel layer: services that stand beside the core and reach it over HTTP only."""
