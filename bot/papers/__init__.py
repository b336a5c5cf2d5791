"""Files that staff are given: a digest's picture and spreadsheet, and the draft of a report.

Made from values, without a database, so that a worker can make them in a process of its own.
"""
