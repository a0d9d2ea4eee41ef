"""The attack lab: real attacks on a real service of our own, on this machine alone.

    command, registry       what is run, in which order
    brute_force ... flood   the attacks, a module each
    stage                   where an attack plays: a fresh service, its customers, the books
    service, stores, meter  the attacked process, what it stores in, what it costs the machine
    strangers, customers    who calls: attackers that ignore work or pay for it, and people (trips)
    flooding                the flood, a process of its own
    seen, outcomes          what was seen, and what came of it
    promises, odds, auc     what is promised and the arithmetic behind it; pure
    charts, plots           which pictures, as data; how they are drawn (matplotlib, there alone)
    report_*, parts, texts  the page, the JSON, the terminal

The service is known by HTTP, by its command line, and by what the kernel tells of its process. No
request leaves this machine (`loopback`), and every attack ends by count and by time.
"""
