"""The lab: every combination of factors, tried against the running service over HTTP.

    facts, combinations           what the soft factors are, and which of them are shown together
    tables, expected              the policy as its file says it, and the verdict that follows
    serving, clocks, wire, letters   a service of the lab's own, or a tester's; how it is spoken to
    pockets, customers, crew      who holds the soft factors, and how they are bound and shown
    sessions, doors, trying       what a step-up builds on, what lies behind, and one combination
    scene, wrong, ways_*          the wrong ways
    planning, laboratory          what is tried where, and the work itself
    outcomes, masking, report_*   what came of it: the terminal, `lab.html`, `lab.json`, `junit.xml`

What is expected is read from the policy's file by rules of the lab's own. It shares no code with
the service, so that the two can disagree; where they do, the run has failed.
"""
