"""Whether two samples of independent runs have the same mean, and how sure that is."""

import math
from statistics import NormalDist, fmean, variance

# Topple's quantiles are order statistics rounded by at most this share of themselves.
QUANTILE_RESOLUTION = 2**-8


def student_quantile(probability, freedom):
    """Student's t: the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(probability)
    terms = [
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    ]
    return z + sum(term / freedom ** (k + 1) for k, term in enumerate(terms))


def quantile(ordered, q):
    """The order statistic of rank ceil(q n), as Topple defines it."""
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def latency_metrics(name, latencies):
    """Count, mean and quantiles of one run."""
    ordered = sorted(latencies)
    if not ordered:
        return {f"{name} count": 0}
    metrics = {f"{name} count": len(ordered), f"{name} mean": fmean(ordered)}
    for label, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
        metrics[f"{name} {label}"] = quantile(ordered, q)
    return metrics


class Comparison:
    """Welch's interval for the difference of two means at the given error probability."""

    def __init__(self, metric, ours, theirs, error):
        self.metric = metric
        self.ours, self.theirs = fmean(ours), fmean(theirs)
        self.difference = self.ours - self.theirs
        parts = [variance(sample) / len(sample) for sample in (ours, theirs)]
        spread = sum(parts)
        if spread > 0:
            freedom = spread**2 / sum(
                part**2 / (len(sample) - 1) for part, sample in zip(parts, (ours, theirs))
            )
            self.allowed = student_quantile(1 - error / 2, freedom) * math.sqrt(spread)
        else:
            self.allowed = 0.0
        if metric.split()[-1] in ("p50", "p90", "p99"):
            self.allowed += QUANTILE_RESOLUTION * self.ours

    @property
    def agrees(self):
        return abs(self.difference) <= self.allowed

    @property
    def resolution(self):
        """The least difference that would be noticed, as a share of the value."""
        scale = max(abs(self.ours), abs(self.theirs))
        return self.allowed / scale if scale > 0 else 0.0
