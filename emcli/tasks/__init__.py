"""The use cases, one file per subcommand: composition only, no arithmetic and no formatting."""
