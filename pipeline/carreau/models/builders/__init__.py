"""Make one scan's models: what its flow consists of, each module a part of it."""
