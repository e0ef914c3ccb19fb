"""Detectors of theft and manipulation in tables of trades.

Relational parts are Ibis expressions, run by DuckDB on one file or folder; iterative parts are pure
functions, one asset at a time, over Arrow batches. A detector has typed parameters, and each of its
findings tells the rows it stands on, the terms of its score, and what would have spared it.
"""
