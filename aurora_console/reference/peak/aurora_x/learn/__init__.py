"""The self-learning daemon: learns from the tasks that the core has solved which operators are worth trying first."""
