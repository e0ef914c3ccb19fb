"""Training and scoring the models of the pump detector on the recorded tapes.

`python -m bench.pump_models score` measures them by cross-validation (minutes), `report` writes
what that found, `train` the models that come with the package, and `unseen` scores those on other
tapes. All need TRADELATCH_DATA.
"""
