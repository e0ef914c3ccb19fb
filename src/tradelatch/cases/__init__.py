"""Cases: evidence in, losses verified, conclusions drawn, the report out."""
