"""Tables and files out: `sinks` turn rows into text or Parquet, `outputs` put files in place whole or not at all.

A task opens an output and hands it to a sink.
"""
