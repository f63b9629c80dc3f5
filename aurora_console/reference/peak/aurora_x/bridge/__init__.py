"""The bridge: translates a sentence into a typed task, and a result into a sentence. It forwards nothing."""
