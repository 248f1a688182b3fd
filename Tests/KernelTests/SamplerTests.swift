import Foundation
import Kernel
import Testing

/// Parameters that exercise every shape, in and out of its easy range.
private let continuous: [Distribution] = [
    Distribution(.uniform(low: 0.001, high: 0.005)),
    Distribution(.uniform(low: 0, high: 3), offset: .milliseconds(2)),
    Distribution(.exponential(mean: 0.01)),
    Distribution(.exponential(mean: 250), offset: .seconds(1)),
    Distribution(.erlang(shape: 1, mean: 0.02)),
    Distribution(.erlang(shape: 2, mean: 0.02)),
    Distribution(.erlang(shape: 7, mean: 1), offset: .microseconds(500)),
    Distribution(.erlang(shape: 16, mean: 0.5)),
    Distribution(.erlang(shape: 65, mean: 0.5)),
    Distribution(.gamma(shape: 0.3, mean: 0.05)),
    Distribution(.gamma(shape: 1, mean: 0.05)),
    Distribution(.gamma(shape: 2.5, mean: 0.05), offset: .milliseconds(1)),
    Distribution(.gamma(shape: 400, mean: 2)),
    Distribution(.lognormal(median: 0.003, sigma: 0.5)),
    Distribution(.lognormal(median: 0.02, sigma: 1.2)),
    Distribution(.weibull(shape: 0.7, scale: 0.1)),
    Distribution(.weibull(shape: 1, scale: 0.1)),
    Distribution(.weibull(shape: 3.5, scale: 0.1)),
    Distribution(.boundedPareto(shape: 1.5, low: 0.001, high: 1)),
    Distribution(.boundedPareto(shape: 1, low: 0.01, high: 1)),
    Distribution(.boundedPareto(shape: 3, low: 0.01, high: 100), offset: .milliseconds(1)),
    Distribution(
        .hyperexponential(branches: [
            .init(probability: 0.9, mean: 0.01), .init(probability: 0.1, mean: 0.2),
        ])),
    Distribution(
        .hyperexponential(branches: [
            .init(probability: 0.5, mean: 0.001), .init(probability: 0.3, mean: 0.1),
            .init(probability: 0.2, mean: 1),
        ])),
]

private let discrete: [Distribution] = [
    Distribution(.deterministic(value: 0)),
    Distribution(.deterministic(value: 0.1), offset: .microseconds(3)),
    Distribution(.uniform(low: 0.25, high: 0.25)),
    Distribution(.lognormal(median: 0.01, sigma: 0)),
    Distribution(.empirical(values: [0.001, 0.002, 0.002, 0.010])),
    Distribution(.empirical(values: [0.5]), offset: .milliseconds(5)),
]

@Suite("Samplers") struct SamplerTests {
    @Test("Draws follow the distribution (Kolmogorov-Smirnov, α = 10⁻⁴)", arguments: continuous)
    func shape(distribution: Distribution) {
        let draws = distribution.draws(40_000, seed: 11)
        let statistic = Statistics.kolmogorovSmirnov(draws) { distribution.cdf($0) ?? .nan }
        #expect(statistic < Statistics.criticalKolmogorovSmirnov)
    }

    @Test("Mean and variance are those the distribution states", arguments: continuous + discrete)
    func moments(distribution: Distribution) {
        let n = 100_000
        let draws = distribution.draws(n, seed: 12)
        let mean = Statistics.mean(draws)
        let spread = (distribution.variance / Double(n)).squareRoot()
        #expect(abs(mean - distribution.mean) <= 4.5 * spread + 1e-9)
        let variance = Statistics.moment(draws, order: 2, about: distribution.mean)
        let fourth = Statistics.moment(draws, order: 4, about: distribution.mean)
        let error = (max(fourth - variance * variance, 0) / Double(n)).squareRoot()
        #expect(
            abs(variance - distribution.variance) <= 5 * error + 1e-9 * distribution.mean + 1e-18)
        let ratio = distribution.variance / max(distribution.mean * distribution.mean, 1e-300)
        #expect(abs(distribution.squaredCoefficientOfVariation - ratio) <= 1e-15 * ratio)
    }

    @Test("No draw is below the minimum", arguments: continuous + discrete)
    func minimum(distribution: Distribution) {
        for seed in 20..<25 as Range<UInt64> {
            let least = distribution.draws(20_000, seed: seed).min() ?? 0
            #expect(least >= distribution.minimum.seconds)
            #expect(distribution.minimum >= distribution.offset)
        }
    }

    @Test(
        "Where few nanoseconds are possible, the minimum is among the draws",
        arguments: [
            Distribution(.uniform(low: 1.000_000_000_4, high: 1.000_000_003)),
            Distribution(.uniform(low: 1.000_000_000_6, high: 1.000_000_003)),
            Distribution(.boundedPareto(shape: 2, low: 0.000_001, high: 0.000_001_004)),
            Distribution(.empirical(values: [3e-9, 2.6e-9, 1]), offset: .microseconds(1)),
            Distribution(.deterministic(value: 1e-10)),
            Distribution(.exponential(mean: 3e-9), offset: .microseconds(1)),
            Distribution(.gamma(shape: 0.2, mean: 3e-9), offset: .microseconds(1)),
        ])
    func tightMinimum(distribution: Distribution) {
        let draws = distribution.draws(20_000, seed: 30)
        #expect(draws.min() == distribution.minimum.seconds)
    }

    @Test("A bounded shape gives lookahead of its own")
    func lookahead() {
        let lognormal = Distribution(
            .lognormal(median: 0.001, sigma: 0.1), offset: .microseconds(1))
        #expect(lognormal.minimum > .microseconds(400))
        #expect(Distribution(.uniform(low: 0.002, high: 0.003)).minimum == .milliseconds(2))
        #expect(Distribution(.exponential(mean: 1)).minimum == .zero)
        #expect(
            Distribution(.exponential(mean: 1), offset: .milliseconds(3)).minimum
                == .milliseconds(3))
        #expect(Distribution(.weibull(shape: 10, scale: 1)).minimum > .milliseconds(20))
    }

    @Test("Values are drawn from a list with equal frequency")
    func empirical() {
        let draws = Distribution(.empirical(values: [1, 2, 3, 4, 5])).draws(50_000, seed: 40)
        for value in 1...5 {
            // Binomial with a standard deviation of 89.
            let count = draws.count { $0 == Double(value) }
            #expect(abs(count - 10_000) < 400)
        }
    }

    @Test("The longest draws are cut far below overflow")
    func saturation() {
        // One draw in 20,000 is beyond 18 years, and the largest would be 4 × 10¹⁰ years.
        let heavy = Distribution(.weibull(shape: 1 / 18.0, scale: 1e-9), offset: .seconds(1))
        #expect(heavy.problem == nil)
        let draws = heavy.draws(100_000, seed: 50)
        #expect(draws.allSatisfy { $0 >= 1 && $0 <= Sampler.longest.seconds })
        #expect(draws.max() == 1 + 0x1p59 / 1e9)
    }

    @Test("Draws have the same bits in every build and on every host")
    func golden() {
        var tables = SamplerTables()
        var digest = StreamDigest()
        for distribution in continuous + discrete {
            let sampler = Sampler(distribution, tables: &tables)
            for identity in 0..<2_000 as Range<UInt64> {
                let key = DrawKey(seed: 99, identity: identity, purpose: .serviceTime, service: 3)
                let drawn = sampler.sample(key, tables).nanoseconds
                digest.fold(UInt64(bitPattern: drawn), identity)
            }
        }
        #expect(digest.description == "2e9528ba2b54f9ca")
    }
}

@Suite("Validation of distributions") struct DistributionValidationTests {
    @Test("What is in range has no problem", arguments: continuous + discrete)
    func accepted(distribution: Distribution) {
        #expect(distribution.problem == nil)
    }

    @Test(
        "What is out of range is refused with a sentence",
        arguments: [
            (.deterministic(value: -1), "value must not be negative"),
            (.deterministic(value: .nan), "value must be a number, not nan"),
            (.deterministic(value: .infinity), "value must be a number"),
            (.deterministic(value: 1e10), "at most 18 years"),
            (.uniform(low: 2, high: 1), "must not be above high"),
            (.uniform(low: -1, high: 1), "low must not be negative"),
            (.exponential(mean: 0), "mean must be above zero"),
            (.erlang(shape: 0, mean: 1), "at least 1"),
            (.erlang(shape: 10_001, mean: 1), "use a gamma"),
            (.gamma(shape: 0, mean: 1), "shape must be between"),
            (.gamma(shape: .nan, mean: 1), "shape must be between"),
            (.lognormal(median: 0, sigma: 1), "median must be above zero"),
            (.lognormal(median: 1, sigma: -1), "sigma must be between"),
            (.lognormal(median: 1, sigma: 10), "mean of these parameters"),
            (.weibull(shape: 0, scale: 1), "shape must be between"),
            (.weibull(shape: 0.02, scale: 1), "mean of these parameters"),
            (.boundedPareto(shape: 1, low: 2, high: 2), "must be below high"),
            (.boundedPareto(shape: 1, low: 1e-12, high: 2), "a nanosecond"),
            (.hyperexponential(branches: []), "at least one branch"),
            (.hyperexponential(branches: [.init(probability: 0.9, mean: 1)]), "sum to 1"),
            (
                .hyperexponential(branches: [.init(probability: 2, mean: 1)]),
                "probability of a branch"
            ),
            (.empirical(values: []), "at least one value"),
            (.empirical(values: [1, -1]), "each value must not be negative"),
        ] as [(Distribution.Shape, String)])
    func refused(shape: Distribution.Shape, words: String) throws {
        let problem = try #require(Distribution(shape).problem)
        #expect(problem.contains(words))
    }

    @Test("A negative or endless offset is refused")
    func offsets() {
        let shape = Distribution.Shape.exponential(mean: 1)
        #expect(Distribution(shape, offset: SimulatedDuration(nanoseconds: -1)).problem != nil)
        #expect(Distribution(shape, offset: SimulatedDuration(nanoseconds: .max)).problem != nil)
    }
}
