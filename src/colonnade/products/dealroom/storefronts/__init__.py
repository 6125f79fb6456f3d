"""A flow over vendors, sellers and channels: what holds in a session, its own or its channel's."""
