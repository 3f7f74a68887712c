"""What a mixture says about cells that are not there: imputation, draws, pooling.

Tasks use `imputation`, `sampling`, `pooling` and `bootstrap`; the rest is their own.
"""
