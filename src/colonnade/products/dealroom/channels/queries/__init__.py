"""All SQL of the channels slice: the channels themselves, and their contacts with what is sent to them."""
