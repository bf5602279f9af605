"""config.json: reading, checking, explaining; knows nothing of the kernel or of containers."""
