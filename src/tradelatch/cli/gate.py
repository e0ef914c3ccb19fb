"""``tradelatch gate``."""

from tradelatch.cli.settings import ConfigFile, fail, read_config


def gate(config: ConfigFile = None) -> None:
    """Run the gate: the exchange's own API, for bots that hold a grant."""
    settings = read_config(config)
    from tradelatch.gate.serve import CannotStart, run

    try:
        run(settings)
    except CannotStart as error:
        fail(str(error))
