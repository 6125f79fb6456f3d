"""Passwords: which may be chosen, how they are hashed, and changing one: by its owner, or by a code in a mail."""
