"""All SQL of the contacts slice: contacts, and the identities by which they are known."""
