"""Control groups: which one a container lives in, and what limits it there (man 7 cgroups)."""
