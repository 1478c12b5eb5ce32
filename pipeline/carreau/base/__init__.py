"""What every room stands on: messages, errors, text and TOML, levels, the model, options, schema, compiled code."""
