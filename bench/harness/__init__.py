"""The benchmark's harness: starts PostgreSQL and the servers, loads them, reads CPU and memory, reports."""
