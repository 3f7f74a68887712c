# Peers' answers for tests/oracles: bootstrap EM draws of Amelia on airquality, 400 tables.
suppressMessages(library(Amelia)); set.seed(1)
x <- read.csv("tests/oracles/reference/data/airquality.csv")[,1:4]
m <- 400
a <- amelia(x, m=m, p2s=0, tolerance=1e-6)
hole <- which(is.na(as.matrix(x)))
cells <- sapply(a$imputations, function(t) as.matrix(t)[hole])   # cells x m
means <- sapply(a$imputations, function(t) colMeans(t))
fits <- lapply(a$imputations, function(t) lm(Ozone ~ Wind + Temp, data=t))
coefs <- sapply(fits, coef)
v <- sapply(fits, function(f) diag(vcov(f)))
q <- function(z) paste0("[", paste(formatC(z, digits=10, format="g"), collapse=", "), "]")
pos <- arrayInd(hole, dim(x)) - 1
cat(sprintf('{"origin": "Amelia %s (R %s), amelia(x, m=400, tolerance=1e-6), set.seed(1), on columns Ozone, Solar.R, Wind, Temp of airquality.csv",\n', packageVersion("Amelia"), getRversion()))
cat('"n_draws": 400,\n"cells": [\n', paste(sapply(seq_along(hole), function(i) sprintf('{"row": %d, "column": %d, "mean": %.10g, "sd": %.10g}', pos[i,1], pos[i,2], mean(cells[i,]), sd(cells[i,]))), collapse=",\n"), '],\n', sep="")
cat('"column_means": {"mean": ', q(rowMeans(means)), ', "sd": ', q(apply(means,1,sd)), '},\n', sep="")
cat('"regression": {"formula": "Ozone ~ Wind + Temp", "mean": ', q(rowMeans(coefs)), ', "sd": ', q(apply(coefs,1,sd)), ', "mean_variance": ', q(rowMeans(v)), '}}\n', sep="")
