"""What of ``tradelatch case`` needs the extra ``cases``: a missing one is one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from tradelatch.cli.settings import fail

_LIBRARIES = ("altair", "jinja2", "vl_convert", "weasyprint")


@contextmanager
def extra_needed() -> Iterator[None]:
    """Around imports of what may not be installed; what it lacks ends the command."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _LIBRARIES:
            raise
        fail(f"this needs {error.name}: pip install 'tradelatch[cases]'")
    except OSError as error:  # WeasyPrint without its shared libraries
        fail(
            f"WeasyPrint cannot load what it draws with ({error}): apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0"
        )
