"""What has to be known of the rows before and while they are fitted: survey, coordinates, holes, who walks them.

They know nothing of mixtures; tasks and engines may use them.
"""
