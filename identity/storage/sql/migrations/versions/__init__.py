"""One file per revision, in the order their `down_revision` tells."""
