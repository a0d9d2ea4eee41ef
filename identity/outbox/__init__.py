"""Messages to customers: written with the change they tell of, carried afterwards.

    texts        what is said, in Chinese and English
    segments     how many parts a text by SMS has
    letter       one message as it is carried, and sealed while it waits
    port         what a carrier must be able to do, and how it says that it could not
    courier      into the outbox, within a transaction; out of it, on threads, some for each channel
    backoff      when to try again
    deadline     an end to every conversation with a relay or gateway
    smtp         a carrier that hands letters to the firm's mail relay
    sms_http     a carrier that hands them to the firm's SMS gateway, by HTTP
    sms_request  the request that a gateway wants, from the settings
    folder       a carrier that writes files: the inbox of the demo
    console      a carrier that prints

A message is carried at least once: after a crash, or where carrying took longer than the wait for
the next try, twice. What it says is never logged and never in an event.
"""
