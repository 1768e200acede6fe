"""Every statement that is written by hand, as a named function that takes and returns types.

They are written by hand where the query builder would take several times as long to word them, or
can't say them. Whatever is asked once in a while is asked through the models.
"""
