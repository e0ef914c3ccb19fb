"""What is measured: each bench prints tables and writes them to ``bench/results/``."""
