"""A week of honest trading: the drill's customers and Tradelatch's own bots, with the gate and
without it."""
