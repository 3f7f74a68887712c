"""ROWS.csv K STARTS OUT.csv: mlpack's gmm_train and gmm_probability, without labels; prints the log-likelihood."""

import sys

if sys.path[0].endswith("peers"):
    del sys.path[0]  # this file has the name of the package

import numpy as np
import pandas as pd
from mlpack import gmm_probability, gmm_train

rows, k, starts, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
frame = pd.read_csv(rows)
values = frame.to_numpy()
model = gmm_train(gaussians=k, input_=values, trials=starts, seed=1, max_iterations=1000)["output_model"]
density = np.asarray(gmm_probability(input_model=model, input_=values)["output"]).ravel()
frame["density"] = density
frame.to_csv(out, index=False)
print(float(np.log(density).sum()))
