"""Did we do well: what customers say afterwards, who is called back, and what they had to come again for.

Asked once, answered by one tap, and never quietly lost: an answer that is not satisfied is a case with an owner and
a clock. Inspections, exams and rectification are not built yet.
"""
