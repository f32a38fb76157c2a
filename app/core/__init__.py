"""The kernel: transactions, events, errors, clock, ids, outgoing HTTP. It knows no domain word."""
