"""All SQL of the channels slice: the channels, and their contacts with the messages to them."""
