"""A flow over messages and the assistant: writing a message and taking one back, with all that follows from it."""
