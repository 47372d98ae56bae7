"""A bot in a process of its own, and people who talk to it while it is killed and started again.

It checks nothing by itself.
"""
