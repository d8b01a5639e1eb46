"""The Faust app, as far as it can be asked without a broker; what needs one is in tests/kafka."""
