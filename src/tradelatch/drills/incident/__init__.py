"""The evidence of the theft of 2022 at its full published scale, generated."""
