# Peers of benchmarks/imputation.py that live in R.
#   Rscript imputation.R MASKED.csv OUT_FOLDER M
# Writes OUT_FOLDER/NAME.mean.csv (and NAME.low.csv, NAME.high.csv for those that draw) and NAME.seconds.
arguments <- commandArgs(trailingOnly = TRUE)
masked <- read.csv(arguments[1], check.names = FALSE)
out <- arguments[2]; m <- as.integer(arguments[3])
original <- names(masked); names(masked) <- paste0("v", seq_along(masked))
save <- function(name, part, table) {
  table <- as.data.frame(table); names(table) <- original
  write.csv(table, file.path(out, paste(name, part, "csv", sep = ".")), row.names = FALSE)
}
timed <- function(name, work) {
  set.seed(1)
  seconds <- system.time(answer <- try(work(), silent = TRUE))[["elapsed"]]
  if (inherits(answer, "try-error")) return(invisible())
  for (part in names(answer)) save(name, part, answer[[part]])
  writeLines(format(seconds), file.path(out, paste0(name, ".seconds")))
}
from_draws <- function(tables) {
  cube <- simplify2array(lapply(tables, as.matrix))
  at <- function(i) apply(cube, c(1, 2), function(z) sort(z)[i])
  # of 39 draws the 2nd and the 38th leave out a new value once in ten
  list(mean = apply(cube, c(1, 2), mean), low = at(2), high = at(m - 1))
}
if (requireNamespace("mice", quietly = TRUE)) timed("mice (pmm)", function() {
  imp <- mice::mice(masked, m = m, method = "pmm", printFlag = FALSE)
  from_draws(lapply(seq_len(m), function(i) mice::complete(imp, i)))
})
if (requireNamespace("Amelia", quietly = TRUE)) timed("Amelia", function() {
  from_draws(suppressWarnings(Amelia::amelia(masked, m = m, p2s = 0))$imputations)
})
# missForest itself is not in Debian: its algorithm (Stekhoven & Buehlmann 2012) on the randomForest package.
forest <- function() {
  holes <- is.na(masked); filled <- masked
  for (j in seq_along(filled)) filled[holes[, j], j] <- mean(masked[[j]], na.rm = TRUE)
  last <- Inf
  for (round in 1:10) {
    before <- filled
    for (j in order(colSums(holes))) if (any(holes[, j])) {
      grown <- randomForest::randomForest(x = filled[!holes[, j], -j, drop = FALSE], y = masked[!holes[, j], j], ntree = 100)
      filled[holes[, j], j] <- predict(grown, filled[holes[, j], -j, drop = FALSE])
    }
    change <- sum((filled - before)^2) / sum(filled^2)
    if (change > last) return(list(mean = before))
    last <- change
  }
  list(mean = filled)
}
if (requireNamespace("randomForest", quietly = TRUE)) timed("missForest", forest)
