"""Training and scoring the models of the pump detector on the recorded tapes.

`python -m bench.pump_models score` measures them by cross-validation, `train` writes those that
come with the package. Both need TRADELATCH_DATA.
"""
