"""ROWS.csv K STARTS OUT: Spark on two local cores, which has one start only; prints the log-likelihood."""

import sys

from pyspark.ml.clustering import GaussianMixture
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import SparkSession

rows, k, starts, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
frame = spark.read.csv(rows, header=True, inferSchema=True)
vectors = VectorAssembler(inputCols=frame.columns, outputCol="x").transform(frame).cache()
model = GaussianMixture(k=k, featuresCol="x", seed=1, maxIter=1000).fit(vectors)
shares = vector_to_array("probability")
found = model.transform(vectors).select(
    *frame.columns, "prediction", *(shares[j].alias(f"p_{j + 1}") for j in range(k))
)
found.write.csv(out, header=True, mode="overwrite")
print(model.summary.logLikelihood)
machine = spark.sparkContext._gateway.proc
spark.stop()
machine.stdin.close()
machine.wait()  # so that what Java used is counted
