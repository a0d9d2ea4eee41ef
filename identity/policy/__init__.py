"""What is asked for each operation, and whether what was shown is enough.

    rules       the words of a table          reading, lines, faults   a file, and what is wrong
    table       load(profile, known)          specimens, scenarios     evidence before there is any
    strictest   operation, firm, account      matrix, explain          for people
    sifting     what may count at all         bounds                   how long sessions may live
    worth       what it counts as
    checks      what is met and missing
    remarks     what else is to be known
    levels      AAL and SCA
    decide      all of it: decide(table, operation, shown, now) -> Decision

Shipped tables lie beside this file: `twse` (the default), `nist-63b-4` (AAL2) and its two
neighbours, `psd2-sca`.
"""
