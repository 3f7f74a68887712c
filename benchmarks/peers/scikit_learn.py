"""ROWS.csv K STARTS OUT.csv: what a pandas and scikit-learn user writes; prints the log-likelihood."""

import sys

import pandas as pd
from sklearn.mixture import GaussianMixture

rows, k, starts, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
frame = pd.read_csv(rows)
values = frame.to_numpy()
model = GaussianMixture(k, n_init=starts, random_state=0, max_iter=1000).fit(values)
shares = model.predict_proba(values)
frame["cluster"] = shares.argmax(axis=1) + 1
for j in range(k):
    frame[f"p_{j + 1}"] = shares[:, j]
frame.to_csv(out, index=False)
print(model.score(values) * len(values))
