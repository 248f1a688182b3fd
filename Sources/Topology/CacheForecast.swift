import Foundation
import Kernel
import Model

/// How often a look into a cache finds nothing, once the cache holds its most popular keys.
///
/// No cache does better, if keys are asked for independently; time to live and a cold start make it
/// worse. A forecast of the load behind it is therefore the least that can be.
struct CacheForecast {
    let keyspaces: [KeyspaceDescription]

    func missShare(of cache: CacheDescription) -> Double {
        guard keyspaces.indices.contains(cache.keyspace) else { return 1 }
        let keyspace = keyspaces[cache.keyspace]
        guard cache.capacity < keyspace.count else { return 0 }
        return 1 - Self.harmonic(cache.capacity, keyspace.exponent)
            / Self.harmonic(keyspace.count, keyspace.exponent)
    }

    /// The sum of k^-s for k in 1...n: term by term at first, then by the integral between midpoints,
    /// which is within 10⁻⁶ of it.
    static func harmonic(_ n: Int, _ s: Double) -> Double {
        let exact = min(n, 1_000)
        let head = (1...max(1, exact)).reduce(0) { $0 + pow(Double($1), -s) }
        guard n > exact else { return head }
        let (from, to) = (Double(exact) + 0.5, Double(n) + 0.5)
        guard abs(s - 1) > 1e-9 else { return head + log(to / from) }
        return head + (pow(to, 1 - s) - pow(from, 1 - s)) / (1 - s)
    }
}

extension [StepDescription] {
    /// Mean compute seconds of these steps, those inside others included; `misses` is the share of
    /// looks into a cache that find nothing.
    func expectedComputeSeconds(_ misses: (Int) -> Double) -> Double {
        reduce(0) { sum, step in
            if case .compute(let time) = step { return sum + time.average }
            guard let steps = step.steps else { return sum }
            return sum + step.expectedRounds(misses) * steps.expectedComputeSeconds(misses)
        }
    }

    /// Every call with its expected number; `replicas` are those of a service.
    func expectedCalls(
        _ misses: (Int) -> Double, _ replicas: (ServiceID) -> Int
    ) -> [(call: CallDescription, count: Double)] {
        flatMap { step in
            guard let steps = step.steps else { return step.expectedCalls(replicas) }
            let rounds = step.expectedRounds(misses)
            return steps.expectedCalls(misses, replicas).map { ($0.call, $0.count * rounds) }
        }
    }
}

extension StepDescription {
    /// How often the steps inside this one are done.
    fileprivate func expectedRounds(_ misses: (Int) -> Double) -> Double {
        switch self {
        case .maybe(let probability, _): probability
        case .repeated(let times, _): Double(times)
        case .cached(let cache, _): misses(cache)
        default: 1
        }
    }
}
