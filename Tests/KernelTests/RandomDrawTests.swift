import Kernel
import Testing

@Suite("Philox4x32-10") struct PhiloxTests {
    struct Vector {
        let counter: (UInt32, UInt32, UInt32, UInt32)
        let key: (UInt32, UInt32)
        let expected: (UInt32, UInt32, UInt32, UInt32)
    }
    /// The `philox4x32 10` lines of Random123 1.14, tests/kat_vectors.
    static let published = [
        Vector(
            counter: (0, 0, 0, 0), key: (0, 0),
            expected: (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
        Vector(
            counter: (.max, .max, .max, .max), key: (.max, .max),
            expected: (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
        Vector(
            counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
            key: (0xa409_3822, 0x299f_31d0),
            expected: (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
    ]

    @Test("Gives the published known answers", arguments: published.indices)
    func knownAnswers(index: Int) {
        let vector = Self.published[index]
        #expect(philox4x32(counter: vector.counter, key: vector.key) == vector.expected)
    }
}

@Suite("Draw keys") struct DrawKeyTests {
    @Test("A key's fields fill the counter and the key of Philox as documented")
    func layout() {
        let key = DrawKey(
            seed: 0x299f_31d0_a409_3822, identity: 0x85a3_08d3_243f_6a88, purpose: .requestLatency,
            service: 0x19_8a2e, step: 0x7344)
        let words = philox4x32(
            counter: (0x243f_6a88, 0x85a3_08d3, 0x0219_8a2e, 0x0370_7344),
            key: (0xa409_3822, 0x299f_31d0))
        let block = key.block(0x0370)
        #expect(block.0 == UInt64(words.0) | UInt64(words.1) << 32)
        #expect(block.1 == UInt64(words.2) | UInt64(words.3) << 32)
    }

    @Test("Keys that differ in one field give different numbers")
    func everyFieldCounts() {
        let base = DrawKey(seed: 1, identity: 2, purpose: .arrival, service: 3, step: 4)
        var others = [base, base, base, base, base, base]
        others[0].seed ^= 1 << 63
        others[1].identity ^= 1 << 63
        others[2].purpose = .balancing
        others[3].service ^= 1 << 23
        others[4].step ^= 1 << 15
        others[5].identity ^= 1
        for other in others { #expect(other.block(0) != base.block(0)) }
        #expect(base.block(1) != base.block(0))
        #expect(Set(others.map { $0.block(0).0 }).count == others.count)
    }

    @Test("Uniforms are strictly between zero and one, whatever the bits")
    func openInterval() {
        #expect(openUnitInterval(0) == 0x1p-53)
        #expect(openUnitInterval(.max) == 1 - 0x1p-53)
        #expect(openUnitInterval(1 << 63) == 0.5 + 0x1p-53)
        #expect(openUnitInterval(1 << 63 - 1) == 0.5 - 0x1p-53)
    }

    @Test(
        "Both uniforms of a block are uniform and uncorrelated", arguments: [1, 2, 3] as [UInt64])
    func uniformity(seed: UInt64) {
        let pairs = (0..<50_000 as Range<UInt64>).map {
            DrawKey(seed: seed, identity: $0, purpose: .serviceTime, service: 7).uniforms()
        }
        let critical = Statistics.criticalKolmogorovSmirnov
        #expect(Statistics.kolmogorovSmirnov(pairs.map(\.0)) { $0 } < critical)
        #expect(Statistics.kolmogorovSmirnov(pairs.map(\.1)) { $0 } < critical)
        let covariance = Statistics.mean(pairs.map { ($0.0 - 0.5) * ($0.1 - 0.5) })
        #expect(abs(covariance) < 4 / 12 / 50_000.0.squareRoot())
    }

    @Test("An index below a bound takes every value about equally often")
    func indices() {
        var counts = [0, 0, 0, 0, 0, 0, 0]
        for identity in 0..<70_000 as Range<UInt64> {
            counts[DrawKey(seed: 5, identity: identity, purpose: .balancing).index(below: 7)] += 1
        }
        // Each is binomial with a standard deviation of 93.
        for count in counts { #expect(abs(count - 10_000) < 420) }
    }
}
