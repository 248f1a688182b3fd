import Kernel

/// Closed formulas and exact algorithms of queueing theory, for comparison with runs.
enum Formulas {
    /// The probability that all of `servers` are busy when blocked requests are lost; `load` in
    /// erlangs. Erlang's B by its recursion (Gross and Harris, Fundamentals of Queueing Theory, 3.5).
    static func erlangB(_ load: Double, servers: Int) -> Double {
        (1...servers).reduce(1.0) { load * $0 / (Double($1) + load * $0) }
    }

    /// The probability of having to wait in M/M/c: Erlang's C (Gross and Harris, 3.3).
    static func erlangC(_ load: Double, servers: Int) -> Double {
        let blocked = erlangB(load, servers: servers)
        let utilisation = load / Double(servers)
        return blocked / (1 - utilisation * (1 - blocked))
    }

    /// The mean wait in M/M/c, in the unit of `service`, the mean service time.
    static func waitOfMMC(rate: Double, service: Double, servers: Int) -> Double {
        let load = rate * service
        return erlangC(load, servers: servers) * service / (Double(servers) - load)
    }

    /// Mean waits of M/M/c with non-preemptive priorities and one mean service time for all classes;
    /// `rates` from the most important class down.
    ///
    /// Cobham, "Priority assignment in waiting line problems" (Operations Research 2, 1954):
    /// W_k = W₀ / ((1 - σ_{k-1}) (1 - σ_k)), W₀ = C(c, a) / (c μ), σ_k the utilisation by classes 0...k.
    static func priorityWaits(rates: [Double], service: Double, servers: Int) -> [Double] {
        let load = rates.reduce(0, +) * service
        let residual = erlangC(load, servers: servers) * service / Double(servers)
        var above = 0.0
        return rates.map { rate in
            let own = above + rate * service / Double(servers)
            defer { above = own }
            return residual / ((1 - above) * (1 - own))
        }
    }

    /// The share of requests of M/M/1 that leave because they would have to wait longer than
    /// `patience` (the same for all).
    ///
    /// Barrer, "Queuing with impatient customers and ordered service" (Operations Research 5, 1957).
    /// With δ = μ - λ the virtual wait has density λ π₀ e^(-δ x) up to the patience τ and falls as
    /// e^(-μ (x - τ)) beyond: 1/π₀ = 1 + λ (1 - e^(-δ τ)) / δ + ρ e^(-δ τ), and the share that leaves is
    /// π₀ ρ e^(-δ τ). Not for λ = μ.
    static func impatientShare(rate: Double, service: Double, patience: Double) -> Double {
        let delta = 1 / service - rate
        let decay = ExactMath.exp(-delta * patience)
        let beyond = rate * service * decay
        let within = rate * (1 - decay) / delta
        return beyond / (1 + within + beyond)
    }

    /// The mean time in M/G/1 processor sharing of a request that needs `service`: insensitive to the
    /// distribution (Kleinrock, Queueing Systems II, 4.4).
    static func processorSharingSojourn(service: Double, utilisation: Double) -> Double {
        service / (1 - utilisation)
    }

    /// Attempts per request when each fails with `failure` and is retried up to `retries` times.
    static func retryAmplification(failure: Double, retries: Int) -> Double {
        // The sum 1 + p + ... + p^r, which also holds at p = 1.
        (0...retries).reduce((sum: 0.0, power: 1.0)) { state, _ in
            (state.sum + state.power, state.power * failure)
        }.sum
    }

    /// The share of requests refused when a share `hanging` of them holds a thread until a deadline
    /// and `threads` are all there are (Site Reliability Engineering, chapter 22, "Bimodal latency").
    static func bimodalErrorRate(
        rate: Double, latency: Double, deadline: Double, hanging: Double, threads: Double
    ) -> Double {
        let needed = rate * (hanging * deadline + (1 - hanging) * latency)
        return max(0, 1 - threads / needed)
    }

    /// That a request which waits for `parts` answers sees at least one slow one (Dean and Barroso,
    /// "The tail at scale", CACM 2013).
    static func tailAtScale(slow: Double, parts: Int) -> Double {
        1 - (0..<parts).reduce(1.0) { product, _ in product * (1 - slow) }
    }
}

/// M/M/c+M, Erlang's A: those who wait lose patience at the rate `impatience` each.
///
/// Palm 1946; Garnett, Mandelbaum and Reiman, "Designing a call center with impatient customers"
/// (M&SOM 4, 2002). A birth and death process: births `rate`, deaths min(n, c)/`service` +
/// max(n - c, 0) `impatience`.
struct ErlangA {
    let abandoned: Double
    let waits: Double
    let meanQueue: Double
    let meanBusy: Double
    /// Of all requests, those who abandon included.
    let meanWait: Double

    init(rate: Double, service: Double, servers: Int, impatience: Double) {
        // Weights relative to that of state `servers`, summed until they no longer matter.
        var below = 0.0
        var busyBelow = 0.0
        var weight = 1.0
        for n in stride(from: servers, to: 0, by: -1) {
            weight *= Double(n) / (rate * service)
            below += weight
            busyBelow += weight * Double(n - 1)
        }
        var above = 0.0
        var queue = 0.0
        weight = 1
        var waiting = 0.0
        while weight > 1e-18 * (below + above + 1) || waiting < 10 {
            above += weight
            queue += weight * waiting
            waiting += 1
            weight *= rate / (Double(servers) / service + waiting * impatience)
        }
        let total = below + above
        waits = above / total
        meanQueue = queue / total
        meanBusy = (busyBelow + above * Double(servers)) / total
        abandoned = impatience * meanQueue / rate
        meanWait = meanQueue / rate
    }
}

/// A closed network of stations that `population` users circulate in, each thinking in between.
///
/// Exact mean value analysis: Reiser and Lavenberg, "Mean-value analysis of closed multichain queuing
/// networks" (J. ACM 27, 1980); stations with several servers by their marginal probabilities.
struct ClosedNetwork {
    struct Station {
        /// Visits times service time.
        var demand: Double
        var servers = 1
    }

    let throughput: Double
    /// Summed over the stations, for one user's cycle.
    let response: Double
    /// By station.
    let residences: [Double]
    let meanNumbers: [Double]

    init(_ stations: [Station], think: Double, population: Int) {
        var numbers = stations.map { _ in 0.0 }
        // By station: probability of j users there, j < servers, at the population before.
        var marginals = stations.map { [1.0] + [Double](repeating: 0, count: $0.servers) }
        var residences = numbers
        var throughput = 0.0
        for n in 1...population {
            residences = stations.indices.map { k in
                let c = Double(stations[k].servers)
                let idle = (0..<stations[k].servers - 1).reduce(0.0) {
                    $0 + (c - 1 - Double($1)) * marginals[k][$1]
                }
                return stations[k].demand / c * (1 + numbers[k] + idle)
            }
            throughput = Double(n) / (think + residences.reduce(0, +))
            for k in stations.indices {
                numbers[k] = throughput * residences[k]
                marginals[k] = Self.marginals(stations[k], throughput, before: marginals[k])
            }
        }
        self.throughput = throughput
        self.residences = residences
        response = residences.reduce(0, +)
        meanNumbers = numbers
    }

    private static func marginals(
        _ station: Station, _ throughput: Double, before: [Double]
    ) -> [Double] {
        let c = station.servers
        var after = before
        var busy = 0.0
        for j in stride(from: c - 1, to: 0, by: -1) {
            after[j] = station.demand * throughput / Double(j) * before[j - 1]
            busy += Double(c - j) * after[j]
        }
        after[0] = 1 - (station.demand * throughput + busy) / Double(c)
        return after
    }
}
