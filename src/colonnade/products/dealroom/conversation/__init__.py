"""A flow over messages and the assistant: writing and deleting a message, with all that follows from it."""
