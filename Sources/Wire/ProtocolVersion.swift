import Kernel
import Model

/// What two programs must agree on before they simulate together.
package enum ProtocolVersion {
    /// Raised whenever the bytes of a message or the meaning of an event change.
    package static let current: UInt32 = 6

    /// The release that people see.
    package static let release = "0.1.0"

    /// A digest of sampled values: two builds whose arithmetic differs in a bit give different ones.
    package static let fingerprint: UInt64 = {
        let shapes: [Distribution.Shape] = [
            .deterministic(value: 0.01), .uniform(low: 0.001, high: 0.01),
            .exponential(mean: 0.01), .erlang(shape: 3, mean: 0.01),
            .gamma(shape: 2.5, mean: 0.01), .lognormal(median: 0.01, sigma: 0.7),
            .weibull(shape: 1.5, scale: 0.01), .boundedPareto(shape: 1.2, low: 0.001, high: 1),
        ]
        var digest = StreamDigest()
        for (index, shape) in shapes.enumerated() {
            var tables = SamplerTables()
            let sampler = Sampler(Distribution(shape), tables: &tables)
            for identity in 0..<64 as Range<UInt64> {
                let key = DrawKey(
                    seed: 42, identity: identity, purpose: .fingerprint, service: UInt32(index))
                digest.fold(
                    UInt64(bitPattern: sampler.sample(key, tables).nanoseconds), identity)
            }
        }
        return digest.state
    }()
}
