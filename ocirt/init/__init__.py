"""ocirt-init, the last stage of a container's init: its program, sealed, and how it is told what to do."""
