"""A grid: lines across a range of prices, buying at one and selling at the next above."""
