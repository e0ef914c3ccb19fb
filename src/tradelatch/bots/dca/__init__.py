"""Dollar-cost averaging: a base order, safety orders below it, a take profit above the average."""
