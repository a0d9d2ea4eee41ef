"""Who is calling, and the sessions that logins open: the ground logins and accounts stand on."""
