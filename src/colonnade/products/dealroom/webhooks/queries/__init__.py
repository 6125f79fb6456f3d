"""All SQL of webhooks: kept items, statuses, and the messages that they are about."""
