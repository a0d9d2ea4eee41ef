"""The promises of the four packages, in folders that mirror them."""
