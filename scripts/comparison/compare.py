"""Compares Topple with other simulators: see scripts/compare-simulators."""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from agreement import Comparison
from networks import NETWORKS

# That all that agrees is said to agree: shared by all comparisons of a run.
FALSE_ALARM = 0.01
# A comparison that would not notice a difference of this share says nothing.
LEAST_RESOLUTION = 0.25

HERE = Path(__file__).parent


def topple_run(topple, network, seed):
    """One run of Topple as metrics under the names that the other simulators use."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            topple, "run", str(HERE / network.topology), "--placement", "in-process",
            "--duration", f"{network.duration} s", "--seed", str(seed), "--quiet", "--out",
            f"{folder}/result",
        ]  # fmt: skip
        subprocess.run(command, check=True)
        summary = json.loads(Path(f"{folder}/result/summary.json").read_text())
    if summary["violations"]:
        raise SystemExit(f"{network.name}: Topple broke a law: {summary['violations']}")
    metrics = {}
    for edge in summary["edges"]:
        if edge["from"].startswith("users:"):
            name = edge["from"].removeprefix("users:")
            metrics |= described(name, edge["latency"])
            metrics[f"{name} requests"] = edge["requests"]
            metrics[f"{name} late"] = edge["lateAnswers"]
            for outcome, count in edge["failures"].items():
                metrics[f"{name} {outcome}"] = count
        else:
            metrics[f"{edge['from']}>{edge['to']} requests"] = edge["requests"]
    for service in summary["services"]:
        name = service["name"]
        metrics |= described(name, service["latency"])
        metrics[f"{name} utilisation"] = service["utilisation"]
        metrics[f"{name} in system"] = service["meanInSystem"]
        metrics[f"{name} rejected"] = service["failures"]["rejected"]
    return metrics


def described(name, latency):
    if latency is None:
        return {f"{name} count": 0}
    return {f"{name} {key}": latency[key] for key in ("count", "mean", "p50", "p90", "p99")}


def reference_run(network_name, simulator, seed):
    network = next(network for network in NETWORKS if network.name == network_name)
    return network.references[simulator](seed, network.duration)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topple", required=True)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--verbose", action="store_true", help="every metric, not the worst only")
    parser.add_argument("--runs", type=int, default=10, help="of each simulator")
    parser.add_argument("networks", nargs="*")
    options = parser.parse_args()
    if options.list:
        for network in NETWORKS:
            print(f"{network.name:18} {', '.join(network.references):11} {network.about}")
        return 0
    unknown = set(options.networks) - {network.name for network in NETWORKS}
    if unknown:
        print(f"no network is called {', '.join(sorted(unknown))}: see --list", file=sys.stderr)
        return 64
    chosen = [n for n in NETWORKS if not options.networks or n.name in options.networks]
    metrics_in_all = sum(len(n.metrics) * len(n.references) for n in chosen)
    seeds = range(1, options.runs + 1)
    disagreements = 0
    print(f"{'network':18} {'with':6} {'metrics':>7}  {'notices':>7}  worst")
    with ProcessPoolExecutor() as pool:
        for network in chosen:
            theirs = {
                simulator: [
                    pool.submit(reference_run, network.name, simulator, 1000 + seed)
                    for seed in seeds
                ]
                for simulator in network.references
            }
            ours = [topple_run(options.topple, network, seed) for seed in seeds]
            for simulator, futures in theirs.items():
                runs = [future.result() for future in futures]
                disagreements += report(
                    network, simulator, ours, runs, FALSE_ALARM / metrics_in_all, options.verbose
                )
    print("They agree." if disagreements == 0 else f"{disagreements} disagreements")
    return 1 if disagreements else 0


def report(network, simulator, ours, theirs, error, verbose):
    """Prints a line, and a line for every metric that disagrees; returns how many do."""
    comparisons = [
        Comparison(metric, [run[metric] for run in ours], [run[metric] for run in theirs], error)
        for metric in network.metrics
        if all(metric in run for run in theirs)
    ]
    if not comparisons:
        raise SystemExit(f"{network.name}: {simulator} measures nothing that is compared")
    worst = max(comparisons, key=lambda c: abs(c.difference) / (c.allowed or 1e-300))
    coarsest = max(comparisons, key=lambda c: c.resolution)
    print(
        f"{network.name:18} {simulator:6} {len(comparisons):7}  {coarsest.resolution:7.1%}  "
        + line(worst)
    )
    bad = [c for c in comparisons if not c.agrees or c.resolution > LEAST_RESOLUTION]
    for comparison in comparisons if verbose else bad:
        mark = "  " if comparison not in bad else "! "
        why = "" if comparison.resolution <= LEAST_RESOLUTION else " (more runs needed)"
        print(f"    {mark}{line(comparison)}{why}")
    return len(bad)


def line(comparison):
    return (
        f"{comparison.metric}: {comparison.ours:.6g} and {comparison.theirs:.6g}, "
        f"{comparison.difference:+.2g} of ±{comparison.allowed:.2g} allowed"
    )


if __name__ == "__main__":
    sys.exit(main())
