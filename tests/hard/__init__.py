"""The hard promises: kept by real server processes under races, kills and measurement."""
