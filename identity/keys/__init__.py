"""Keys: where they come from, what is sealed with them, and what is named by them.

    ring       the keys by purpose, and the port they come through
    file       the ring as a file that only its owner may read
    private    reading such files
    live       a ring that follows its file while the service runs
    rotation   new keys, and old ones taken out
    seal       AES-256-GCM for what is stored
    reseal     what is stored, sealed anew under the key in use
    mac        HMAC-SHA256 for what must not change, and for names that give nothing away
    signing    the two kinds of key that sign

Nothing outside this package touches key material, but for `identity.audit` and `identity.tokens`,
which sign with it.
"""
