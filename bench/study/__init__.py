"""How often honest bots are refused, and what a thief takes: the figures behind the defaults.

Orders of bots and thieves are judged by the signer's own core, with prices from recorded tapes or
from seeded walks; nothing is judged here. ``python -m bench.study`` runs it.
"""
