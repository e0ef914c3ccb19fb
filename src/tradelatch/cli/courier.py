"""``tradelatch courier``."""

from tradelatch.cli.settings import ConfigFile, fail, read_config
from tradelatch.isolation.users import NoUser


def courier(config: ConfigFile = None) -> None:
    """Run the courier: dials the exchanges with what the signer hands it."""
    settings = read_config(config)
    from tradelatch.courier.serve import run

    try:
        run(settings)
    except NoUser as error:
        fail(f"users: {error}")
