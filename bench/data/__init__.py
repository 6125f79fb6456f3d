"""The benchmark's data: generated text, plain SQL for the peer's tables, and the loaders."""
