"""scripts/bench: ocirt beside other runtimes, on the same bundle, interleaved in one run.

program      options, and the order of it all
runtimes     which runtimes there are, and what each needs left out here
bundle       the root file system and the configurations that all of them get
process      one command: spawned, waited for, timed
laboratory   where containers are made; leaves nothing, whatever happens
workloads    what is done with a runtime in a round, and what that yields
library      the same as a library call, in a process of its own
figures      the figures: titles, units, targets
report       the table and the JSON
machine      the facts about the machine that figures depend on
"""
