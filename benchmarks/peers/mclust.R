# ROWS.csv K STARTS OUT.csv: mclust, which starts from one hierarchical clustering; prints the log-likelihood.
suppressMessages(library(mclust))
given <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(given[1])
model <- Mclust(rows, G = as.integer(given[2]), modelNames = "VVV", verbose = FALSE)
write.csv(cbind(rows, cluster = model$classification, p = model$z), given[4], row.names = FALSE)
cat(sprintf("%.6f\n", model$loglik))
