"""How an exchange's file does on real requests: who signed them, what they mean, and whether they
can be written anew."""
