"""``python -m tradelatch.cli``: the same as ``tradelatch``."""

from tradelatch.cli.main import run

if __name__ == "__main__":
    run()
