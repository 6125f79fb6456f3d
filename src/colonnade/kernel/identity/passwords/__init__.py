"""Passwords: the rules for them, their hashing, and how owners change or reset them."""
