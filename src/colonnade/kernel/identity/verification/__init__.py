"""Verifying an e-mail address: who reads its mails, and whether that is who signed up."""
