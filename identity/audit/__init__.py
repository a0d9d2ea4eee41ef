"""The audit log: what happened, told by those who did it, in an order nobody can change unseen.

    events       what can be told: one struct for each kind of event
    vocabulary   all of them, closed
    record       an event as canonical bytes with a MAC, written with the change it records
    merkle       RFC 9162 hashing, with proofs of inclusion and of consistency
    checkpoint   signed heads of the log (C2SP)
    builder      one step: from the writers' events to leaves and a checkpoint
    sequencer    the thread that runs the step and lets the writers beat
    subtrees     what the store keeps ready of the tree
    proofs       that an event is in the log, and that the log has only grown
    verify       the log examined from the first event to the last
    tree         leaves and checkpoints, compared as they go by
    rows         one writer's events in order
    reading      the same, examined as they go by
    archive      the log in one file: the format
    export       the log written out
    offline      such a file examined, without store or secret
    passing      its events, examined as they go by
    findings     what an examination found

What it cannot show: an operator who holds the key ring can write another history from the start,
checkpoints and all. Only a checkpoint kept elsewhere tells the two apart.
"""
