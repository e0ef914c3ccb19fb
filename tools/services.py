"""The real servers that tests need, on loopback.

There are none yet. A server that comes is started here, waited for until it answers and
stopped by its process id; one that cannot be started is an error, not a skipped test.
"""

if __name__ == "__main__":
    print("no services are needed yet")
