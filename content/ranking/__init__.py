"""Which article a question means: features of the words, weights for each article, a calibrated confidence.

No numpy, no network: a question costs about a millisecond. What was tried: docs/decisions/0001-answers.md.
"""
