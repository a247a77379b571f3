"""Ways of running: a batch computed by one thread, by threads, or by helper processes with shared memory."""
