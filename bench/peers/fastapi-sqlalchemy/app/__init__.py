"""A peer of the benchmark: radio's reads in FastAPI and SQLAlchemy (async), as a competent team would write them."""
