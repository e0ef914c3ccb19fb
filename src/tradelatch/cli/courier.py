"""``tradelatch courier``."""

from tradelatch.cli.settings import ConfigFile, read_config


def courier(config: ConfigFile = None) -> None:
    """Run the courier: dials the exchanges with what the signer hands it."""
    settings = read_config(config)
    from tradelatch.courier.serve import run

    run(settings)
