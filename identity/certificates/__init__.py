"""The electronic trading identity: application to verification. Clause: CC-17010.e.c, CC-17010.e.d

    lifecycle     the life of a certificate as a pure state machine, with what it runs on beside it
    reasons       why one ends, and who may say so
    proofs        what each step asks of whoever takes it
    signed_data   an order as CMS, read strictly; `signatures` are the bare ones
    paths         from a certificate to an anchor the firm trusts
    verdicts      an order's seven questions, answered one by one

Rules only, all of them pure: the service around them arrives with its own work.
"""
