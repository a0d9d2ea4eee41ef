"""Video verification as a journey: prompts, upload, verdict, review. Arrives with its own work."""
