import Kernel
import Model
import Testing

private func draw(_ identity: Int, seed: UInt64 = 1) -> DrawKey {
    DrawKey(seed: seed, identity: UInt64(identity), purpose: .key)
}

/// Pearson's statistic of counts against probabilities.
private func chiSquare(_ counts: [Int], _ probabilities: [Double]) -> Double {
    let total = Double(counts.reduce(0, +))
    return zip(counts, probabilities).reduce(0) { sum, pair in
        let expected = total * pair.1
        let difference = Double(pair.0) - expected
        return sum + difference * difference / expected
    }
}

/// Exceeded with a probability of 10⁻⁴ (Wilson and Hilferty's approximation).
private func criticalChiSquare(_ degrees: Int) -> Double {
    let k = Double(degrees)
    let root = 1 - 2 / (9 * k) + 3.719 * (2 / (9 * k)).squareRoot()
    return k * root * root * root
}

@Suite("Zipf's law")
struct ZipfTests {
    @Test(
        "Keys are as popular as 1/k^s", arguments: [0, 0.3, 0.8, 0.99, 1, 1.01, 1.5, 3],
        [1, 2, 7, 60])
    func frequencies(exponent: Double, keys: Int) {
        let sampler = ZipfSampler(count: keys, exponent: exponent)
        var counts = [Int](repeating: 0, count: keys)
        for identity in 0..<50_000 { counts[sampler.sample(draw(identity))] += 1 }
        let probabilities = (0..<keys).map { sampler.probability(of: $0) }
        // Keys that are too rare for the statistic are taken together.
        let frequent = probabilities.filter { $0 * 50_000 >= 8 }.count
        var pooled = Array(counts[..<frequent])
        var expected = Array(probabilities[..<frequent])
        if frequent < keys {
            pooled.append(counts[frequent...].reduce(0, +))
            expected.append(probabilities[frequent...].reduce(0, +))
        }
        guard pooled.count > 1 else { return }
        #expect(chiSquare(pooled, expected) < criticalChiSquare(pooled.count - 1))
    }

    @Test("So are millions of keys", arguments: [0.5, 0.8, 1, 1.2])
    func manyKeys(exponent: Double) {
        let keys = 1 << 21 - 1
        let sampler = ZipfSampler(count: keys, exponent: exponent)
        // By octave of the rank.
        var probabilities = [Double](repeating: 0, count: 21)
        var total = 0.0
        for rank in 1...keys {
            let weight = ExactMath.pow(Double(rank), -exponent)
            probabilities[Int.bitWidth - 1 - rank.leadingZeroBitCount] += weight
            total += weight
        }
        var counts = [Int](repeating: 0, count: 21)
        for identity in 0..<100_000 {
            let rank = sampler.sample(draw(identity, seed: 2)) + 1
            counts[Int.bitWidth - 1 - rank.leadingZeroBitCount] += 1
        }
        #expect(chiSquare(counts, probabilities.map { $0 / total }) < criticalChiSquare(20))
    }

    @Test(
        "Extreme exponents and keyspaces stay inside", arguments: [0, 0.5, 1, 1.0000001, 40, 700])
    func extremes(exponent: Double) {
        for count in [1, 2, 3, 1 << 30] {
            let sampler = ZipfSampler(count: count, exponent: exponent)
            for identity in 0..<500 {
                #expect((0..<count).contains(sampler.sample(draw(identity))))
            }
        }
    }

    @Test("A request has one key in each keyspace, whoever asks")
    func keyOfRequest() {
        let keyspaces = [
            KeyspaceDescription(name: "users", count: 1000, exponent: 0.9),
            KeyspaceDescription(name: "goods", count: 1000, exponent: 0.9),
        ]
        let keys = KeyDraw(seed: 7, keyspaces: keyspaces)
        let requests = (0..<2000).map {
            RequestIdentity.make(service: ServiceID(3), stream: 1, number: $0)
        }
        let users = requests.map { keys.key(of: $0, in: 0) }
        #expect(users == requests.map { keys.key(of: $0, in: 0) })
        #expect(users != requests.map { keys.key(of: $0, in: 1) })
        #expect(users != requests.map { KeyDraw(seed: 8, keyspaces: keyspaces).key(of: $0, in: 0) })
    }

    @Test("Shards get even shares of the keys")
    func shards() {
        var counts = [Int](repeating: 0, count: 7)
        for key in 0..<70_000 { counts[KeyDraw.shard(of: UInt32(key), among: 7)] += 1 }
        #expect(chiSquare(counts, Array(repeating: 1 / 7.0, count: 7)) < criticalChiSquare(6))
    }

    @Test("The first draws are what they have always been")
    func fixedDraws() {
        let sampler = ZipfSampler(count: 1_000_000, exponent: 0.9)
        #expect(
            (0..<8).map { sampler.sample(draw($0)) } == [
                2459, 987_995, 757_567, 262, 9, 7687, 37_116, 72,
            ])
    }
}
