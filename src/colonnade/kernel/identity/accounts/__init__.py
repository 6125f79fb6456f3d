"""Suspending and deleting accounts, removing lost second factors, and the personal data of accounts."""
