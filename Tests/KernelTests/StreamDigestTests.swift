import Kernel
import Testing

@Suite("Stream digests") struct StreamDigestTests {
    static func digest(_ words: [(UInt64, UInt64)]) -> StreamDigest {
        var digest = StreamDigest()
        for (a, b) in words { digest.fold(a, b) }
        return digest
    }

    @Test("Values are the same in every build and on every host")
    func golden() {
        #expect(StreamDigest().description == "9e3779b97f4a7c15")
        #expect(Self.digest([(0, 0)]).description == "629ab9873ea2a647")
        #expect(Self.digest([(1, 2), (3, 4)]).description == "44cdcb4606af7b92")
        #expect(StreamDigest.combine([Self.digest([(1, 2)])]).description == "46d85756e9d0e71c")
    }

    @Test("The order of values, of operands and of digests counts")
    func order() {
        #expect(Self.digest([(1, 2), (3, 4)]) != Self.digest([(3, 4), (1, 2)]))
        #expect(Self.digest([(1, 2)]) != Self.digest([(2, 1)]))
        let (a, b) = (Self.digest([(1, 2)]), Self.digest([(3, 4)]))
        #expect(StreamDigest.combine([a, b]) != StreamDigest.combine([b, a]))
        #expect(StreamDigest.combine([a]) != a)
        #expect(StreamDigest.combine([]) != StreamDigest.combine([StreamDigest()]))
    }

    @Test("Zeros do not collapse the state, nor do operands that cancel the secrets")
    func zeros() {
        var digest = StreamDigest()
        var seen: Set<UInt64> = []
        for _ in 0..<10_000 {
            digest.fold(0, 0)
            #expect(seen.insert(digest.state).inserted)
        }
        // The product is zero here; the history must survive it.
        var states: Set<UInt64> = []
        for start in 0..<1000 as Range<UInt64> {
            var digest = StreamDigest(state: start)
            digest.fold(start ^ 0xA076_1D64_78BD_642F, 12345)
            states.insert(digest.state)
        }
        #expect(states.count == 1000)
    }

    @Test("One flipped bit of input or history flips half of the digest")
    func avalanche() {
        var numbers = TestNumbers(seed: 9)
        var flipped = 0
        var least = 64
        let trials = 200
        for _ in 0..<trials {
            let words = (0..<4).map { _ in (numbers.next(), numbers.next()) }
            let base = Self.digest(words)
            for bit in 0..<128 {
                var changed = words
                if bit < 64 {
                    changed[1].0 ^= 1 << UInt64(bit)
                } else {
                    changed[1].1 ^= 1 << UInt64(bit - 64)
                }
                let distance = (Self.digest(changed).state ^ base.state).nonzeroBitCount
                flipped += distance
                least = min(least, distance)
            }
        }
        let average = Double(flipped) / Double(trials * 128)
        #expect(abs(average - 32) < 0.2)
        #expect(least > 6)
    }

    @Test("The last pair folded is mixed as well", arguments: [0, 1] as [Int])
    func lastPair(operand: Int) {
        var numbers = TestNumbers(seed: 10)
        var flipped = 0
        for _ in 0..<200 {
            let pair = (numbers.next(), numbers.next())
            let start = StreamDigest(state: numbers.next())
            for bit in 0..<64 as Range<UInt64> {
                var (one, other) = (start, start)
                one.fold(pair.0, pair.1)
                other.fold(
                    operand == 0 ? pair.0 ^ 1 << bit : pair.0,
                    operand == 1 ? pair.1 ^ 1 << bit : pair.1)
                flipped += (one.state ^ other.state).nonzeroBitCount
            }
        }
        #expect(abs(Double(flipped) / 12_800 - 32) < 1)
    }

    @Test("The description is sixteen digits and reads back")
    func description() {
        for state in [0, 1, 0xABC, .max] as [UInt64] {
            let digest = StreamDigest(state: state)
            #expect(digest.description.count == 16)
            #expect(StreamDigest(digest.description) == digest)
        }
        for text in ["", "1", "+bcdef0123456789", "ABCDEF0123456789", "0123456789abcdefg"] {
            #expect(StreamDigest(text) == nil)
        }
    }
}
