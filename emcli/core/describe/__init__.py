"""What is said of a fitted mixture: criteria, information, portraits, matching, outlines.

They see models and rows; tasks use them freely.
"""
