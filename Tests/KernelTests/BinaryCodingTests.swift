import Kernel
import Testing

/// One of everything that has a binary form.
private struct Sample: BinaryCodable, Equatable {
    var small: UInt8 = 7
    var number = -123_456_789
    var flag = true
    var ratio = -0.0
    var name = "Überlast 🔥"
    var names = ["", "a", "bc"]
    var maybe: UInt32? = 5
    var none: [Int16]?
    var instant = SimulatedInstant(nanoseconds: 99)
    var distributions: [Distribution] = [
        Distribution(.deterministic(value: 1)), Distribution(.uniform(low: 0, high: 1)),
        Distribution(.exponential(mean: 2), offset: .milliseconds(1)),
        Distribution(.erlang(shape: 3, mean: 1)), Distribution(.gamma(shape: 0.5, mean: 1)),
        Distribution(.lognormal(median: 1, sigma: 1)), Distribution(.weibull(shape: 2, scale: 1)),
        Distribution(.boundedPareto(shape: 1.1, low: 0.1, high: 10)),
        Distribution(
            .hyperexponential(branches: [
                .init(probability: 0.25, mean: 1), .init(probability: 0.75, mean: 2),
            ])), Distribution(.empirical(values: [1, 2, 3])),
    ]
    var profile = RateProfile.spike(
        base: 1, peak: 9, from: .start + .seconds(1), until: .start + .seconds(2))
    var histogram = LatencyHistogram()
    var raw: [UInt32] = [1, 2, 3, .max]
    var digest = StreamDigest(state: 77)

    init() {
        for count in 1...20 as ClosedRange<Int64> { histogram.record(.microseconds(count * count)) }
    }

    func encode(into writer: inout ByteWriter) {
        small.encode(into: &writer)
        number.encode(into: &writer)
        flag.encode(into: &writer)
        ratio.encode(into: &writer)
        name.encode(into: &writer)
        names.encode(into: &writer)
        maybe.encode(into: &writer)
        none.encode(into: &writer)
        instant.encode(into: &writer)
        distributions.encode(into: &writer)
        profile.encode(into: &writer)
        histogram.encode(into: &writer)
        writer.writeRaw(raw)
        digest.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        small = try UInt8(from: &reader)
        number = try Int(from: &reader)
        flag = try Bool(from: &reader)
        ratio = try Double(from: &reader)
        name = try String(from: &reader)
        names = try [String](from: &reader)
        maybe = try UInt32?(from: &reader)
        none = try [Int16]?(from: &reader)
        instant = try SimulatedInstant(from: &reader)
        distributions = try [Distribution](from: &reader)
        profile = try RateProfile(from: &reader)
        histogram = try LatencyHistogram(from: &reader)
        raw = try reader.readRaw()
        digest = try StreamDigest(from: &reader)
    }
}

@Suite("Binary coding") struct BinaryCodingTests {
    @Test("What was written is read back")
    func roundTrip() throws {
        let sample = Sample()
        let back = try Sample(decoding: sample.encoded())
        #expect(back == sample)
        #expect(back.ratio.sign == .minus)
    }

    @Test("Bytes are little-endian, and lengths come before contents")
    func golden() {
        #expect(UInt32(0x0102_0304).encoded() == [4, 3, 2, 1])
        #expect(Int(-2).encoded() == [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(1.0.encoded() == [0, 0, 0, 0, 0, 0, 0xF0, 0x3F])
        #expect("é".encoded() == [2, 0, 0, 0, 0xC3, 0xA9])
        #expect([UInt16(1), 2].encoded() == [2, 0, 0, 0, 1, 0, 2, 0])
        #expect(UInt8?.none.encoded() == [0])
        #expect(UInt8?.some(9).encoded() == [1, 9])
        var writer = ByteWriter()
        writer.writeRaw([UInt16(1), 2])
        #expect(writer.bytes == [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0])
    }

    @Test("Every truncation is refused, at an offset inside the bytes")
    func truncated() {
        let bytes = Sample().encoded()
        for count in bytes.indices {
            let error = #expect(throws: ByteError.self) {
                try Sample(decoding: Array(bytes[..<count]))
            }
            #expect((error?.offset ?? .max) <= count)
        }
    }

    @Test("Bytes left over are refused")
    func leftOver() {
        let error = #expect(throws: ByteError.self) { try UInt8(decoding: [1, 2, 3]) }
        #expect(error == ByteError(.leftOver(2), offset: 1))
        #expect(error?.description == "at byte 1: 2 bytes too many")
    }

    @Test(
        "Mutated bytes are refused or make a value that works",
        arguments: 1...8 as ClosedRange<UInt64>)
    func mutated(seed: UInt64) throws {
        let original = Sample().encoded()
        var numbers = TestNumbers(seed: seed)
        var accepted = 0
        for _ in 0..<4_000 {
            var bytes = original
            for _ in 0...numbers.next() % 3 {
                let position = Int(numbers.next() % UInt64(bytes.count))
                bytes[position] =
                    numbers.next() % 2 == 0 ? UInt8(truncatingIfNeeded: numbers.next()) : 0xFF
            }
            if numbers.next() % 8 == 0 { bytes.removeFirst(Int(numbers.next() % 40)) }
            guard let value = try? Sample(decoding: bytes) else { continue }
            accepted += 1
            #expect(value.encoded() == bytes)
            exercise(value)
        }
        #expect(accepted > 0)
    }

    /// Uses every part of a value that came from bytes: none may trap.
    private func exercise(_ value: Sample) {
        for distribution in value.distributions {
            let draws = distribution.draws(3, seed: 1)
            #expect(draws.allSatisfy { $0 >= distribution.minimum.seconds })
            #expect(!distribution.mean.isNaN && !distribution.squaredCoefficientOfVariation.isNaN)
        }
        _ = value.profile.instant(after: .start, accumulating: 1)
        var histogram = value.histogram
        histogram.merge(value.histogram)
        _ = (histogram.quantile(0.5), histogram.mean, histogram.variance)
    }

    @Test("A count beyond the bytes left is refused before anything is allocated")
    func hostileCounts() {
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]
        let error = #expect(throws: ByteError.self) { try [UInt8](decoding: huge) }
        #expect(error == ByteError(.countTooLarge(count: 0xFFFF_FFFF, left: 3), offset: 0))
        #expect(throws: ByteError.self) { try String(decoding: huge) }
        let raw = [UInt8](repeating: 0xFF, count: 20)
        #expect(throws: ByteError.self) {
            try ByteReader.read(raw) { (reader) throws(ByteError) in try reader.readRaw(UInt64.self)
            }
        }
    }

    @Test("Bytes that are no value of their type are refused")
    func invalidValues() {
        #expect(throws: ByteError(.invalid("truth value"), offset: 0)) { try Bool(decoding: [2]) }
        #expect(throws: ByteError.self) { try String(decoding: [1, 0, 0, 0, 0xFF]) }
        #expect(throws: ByteError.self) {
            try Distribution(decoding: [42] + [UInt8](repeating: 0, count: 16))
        }
        let negative = Distribution(.exponential(mean: -1)).encoded()
        #expect(throws: ByteError.self) { try Distribution(decoding: negative) }
        #expect(throws: ByteError.self) { try RateProfile(decoding: [0, 0, 0, 0]) }
    }
}
