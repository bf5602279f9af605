"""The specification's operations (runtime.md#operations): this is where a container's life is told."""
