"""A `Port` to a real exchange or to the gate in front of it, by ccxt (extra ``ccxt``)."""

from tradelatch.bots.connector.account import Connector

__all__ = ["Connector"]
