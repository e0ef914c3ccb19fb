"""Which detectors there are. None is loaded, nor what it needs, before it is asked for."""

from collections.abc import Mapping
from importlib import import_module

from tradelatch.detect.detector import Detector

SUMMARIES: Mapping[str, str] = {
    "pumps": "Pump and dump: many taker buys at once, far over what is usual for the asset.",
}
"""Each detector's name, and what it looks for in one line. A name is also that of its module or
folder here, which holds it as `DETECTOR`."""


class MissingExtra(RuntimeError):
    """What detectors need is not installed; the message is one sentence."""


def load(name: str) -> Detector:
    """A detector of `SUMMARIES`.

    Raises:
        MissingExtra: the extra `cases` is not installed.
    """
    try:
        detector: Detector = import_module(f"tradelatch.detect.{name}").DETECTOR
    except ModuleNotFoundError as error:
        if str(error.name).startswith("tradelatch"):
            raise
        sentence = f"detectors need {error.name}: pip install 'tradelatch[cases]'"
        raise MissingExtra(sentence) from error
    return detector
