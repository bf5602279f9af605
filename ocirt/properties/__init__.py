"""The properties of config.json, one file each.

A property's file says by plain functions what is done for it and when:

  check(spec)       before anything exists: is it valid, does it fit the other properties?
  prepare(c)        in the runtime, before init exists: open and read what is needed from the host
  attach(c)         in the runtime, once init exists: what only its parent may do
  populate(c)       in init, while the host's root is still visible
  confine(c)        in init, after the root has changed: nothing of the host can be opened any more
  release(state)    at delete

A file has only those it needs.  runtime/lifecycle.py calls them, and is the place to read their order.
"""
