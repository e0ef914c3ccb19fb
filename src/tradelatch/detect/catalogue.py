"""Which detectors there are. None is loaded, nor what it needs, before it is asked for."""

from collections.abc import Mapping
from importlib import import_module

from tradelatch.detect.detector import Detector

SUMMARIES: Mapping[str, str] = {
    "contra": "Value passed between accounts far from the market's price: an exchange's view.",
    "contra-tape": "Spikes in one pair of a coin that come back, in the public tape alone: weak.",
    "contra-victim": "Value that passed out of accounts, from their own fills and the public tape.",
    "drain": "Accounts whose liquid value turns into what cannot be sold again.",
    "network": "Network scores: accounts that close positions with others that do the same.",
    "pumps": "Pump and dump: many taker buys at once, far over what is usual for the asset.",
    "wash": "Wash trading: self-trades, circles, trades back and forth, matched pairs.",
}
"""Each detector's name, and what it looks for in one line. A name is also that of its module or
folder here (`-` is `_` there), which holds it as `DETECTOR`."""


class MissingExtra(RuntimeError):
    """What detectors need is not installed; the message is one sentence."""


def load(name: str) -> Detector:
    """A detector of `SUMMARIES`.

    Raises:
        MissingExtra: the extra `cases` is not installed.
    """
    try:
        module = import_module(f"tradelatch.detect.{name.replace('-', '_')}")
    except ModuleNotFoundError as error:
        if str(error.name).startswith("tradelatch"):
            raise
        sentence = f"detectors need {error.name}: pip install 'tradelatch[cases]'"
        raise MissingExtra(sentence) from error
    detector: Detector = module.DETECTOR
    return detector
