"""Telling others: messages signed by the Standard Webhooks rules, sent to checked addresses alone."""
