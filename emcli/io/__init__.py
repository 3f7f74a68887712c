"""Files: tables in and out, model files, settings files.  Knows nothing of EM."""
