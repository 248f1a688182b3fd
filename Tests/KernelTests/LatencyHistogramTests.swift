import Kernel
import Testing

@Suite("Latency histograms") struct LatencyHistogramTests {
    /// Durations of all magnitudes, many alike.
    static func durations(_ count: Int, seed: UInt64, most: Int = 60) -> [SimulatedDuration] {
        var numbers = TestNumbers(seed: seed)
        return (0..<count).map { _ in
            let bits = 64 - numbers.next() % UInt64(most)
            return SimulatedDuration(nanoseconds: Int64(numbers.next() >> Swift.min(bits, 63)))
        }
    }

    static func histogram(_ durations: some Sequence<SimulatedDuration>) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for duration in durations { histogram.record(duration) }
        return histogram
    }

    @Test(
        "A quantile is within the stated relative error", arguments: 1...20 as ClosedRange<UInt64>)
    func errorBound(seed: UInt64) throws {
        let durations = Self.durations(1 + Int(seed) * 97, seed: seed)
        let histogram = Self.histogram(durations)
        let sorted = durations.sorted()
        for step in 0...1000 {
            let q = Double(step) / 1000
            let rank = Swift.max(1, Int((q * Double(sorted.count)).rounded(.up)))
            let exact = Double(sorted[rank - 1].nanoseconds)
            let found = Double(try #require(histogram.quantile(q)).nanoseconds)
            #expect(abs(found - exact) <= exact * LatencyHistogram.relativeError)
        }
    }

    @Test("Every single value is told within the bound, and exactly below 256 ns")
    func singleValues() throws {
        var values = Array(0...5000 as ClosedRange<Int64>)
        for power in 12...62 {
            let value = Int64(1) << Int64(power)
            values += [value - 1, value, value + 1, value + value / 3]
        }
        values.append(.max)
        for value in values {
            var histogram = Self.histogram([SimulatedDuration(nanoseconds: value)])
            let bucket = try #require(histogram.buckets.first)
            #expect(bucket.low <= value && value - bucket.low < bucket.width)
            #expect(bucket.width == 1 || bucket.width <= bucket.low / 128)
            // A second, larger value keeps the median from being cut to the extremes.
            histogram.record(.zero)
            histogram.record(SimulatedDuration(nanoseconds: .max))
            let median = try #require(histogram.quantile(0.5)).nanoseconds
            #expect(
                abs(Double(median) - Double(value)) <= Double(value)
                    * LatencyHistogram.relativeError)
            if value < 256 { #expect(median == value) }
        }
    }

    @Test("Count, sum, extremes, mean and variance are exact")
    func exactSums() throws {
        let durations = Self.durations(10_000, seed: 3, most: 40)
        let histogram = Self.histogram(durations)
        let values = durations.map { Double($0.nanoseconds) / 1e9 }
        #expect(histogram.count == 10_000)
        #expect(histogram.sumOfNanoseconds == durations.reduce(0) { $0 + UInt128($1.nanoseconds) })
        #expect(histogram.minimum == durations.min())
        #expect(histogram.maximum == durations.max())
        let mean = Statistics.mean(values)
        let variance = Statistics.moment(values, order: 2, about: mean)
        #expect(abs(try #require(histogram.mean) / mean - 1) < 1e-12)
        #expect(abs(try #require(histogram.variance) / variance - 1) < 1e-9)
    }

    @Test("Equality depends on what was recorded, not on order, merges or growth")
    func canonical() {
        let durations = Self.durations(3_000, seed: 4)
        let forwards = Self.histogram(durations)
        #expect(Self.histogram(durations.reversed()) == forwards)
        var merged = Self.histogram(durations[2_000...])
        merged.merge(LatencyHistogram())
        merged.merge(Self.histogram(durations[..<1_000]))
        var rest = LatencyHistogram()
        rest.merge(Self.histogram(durations[1_000..<2_000]))
        merged.merge(rest)
        #expect(merged == forwards)
        #expect(Self.histogram(durations.dropLast()) != forwards)
    }

    @Test("Recording many at once is recording each")
    func multiples() {
        var once = LatencyHistogram()
        var often = LatencyHistogram()
        for duration in Self.durations(50, seed: 5, most: 40) {
            once.record(duration, count: 7)
            for _ in 0..<7 { often.record(duration) }
        }
        once.record(.seconds(1), count: 0)
        #expect(once == often)
    }

    @Test(
        "Quantiles in one pass are the quantiles one by one",
        arguments: 1...20 as ClosedRange<UInt64>)
    func quantilesInOnePass(seed: UInt64) {
        let histogram = Self.histogram(Self.durations(Int(seed) * Int(seed), seed: seed))
        for steps in [2, 3, 10, 100] {
            var place = LatencyHistogram.Place()
            for step in 0...steps {
                let q = Double(step) / Double(steps)
                #expect(histogram.quantile(q, from: &place) == histogram.quantile(q))
            }
        }
    }

    @Test("An emptied histogram is a new one")
    func emptied() {
        var histogram = Self.histogram(Self.durations(500, seed: 6))
        histogram.removeAll()
        #expect(histogram == LatencyHistogram())
        let others = Self.durations(500, seed: 7, most: 20)
        for duration in others { histogram.record(duration) }
        #expect(histogram == Self.histogram(others))
    }

    @Test("Nothing recorded is nothing told")
    func empty() {
        let histogram = LatencyHistogram()
        #expect(histogram.isEmpty)
        #expect(histogram.quantile(0.5) == nil)
        #expect(histogram.mean == nil)
        #expect(histogram.variance == nil)
        #expect(histogram.minimum == nil && histogram.maximum == nil)
    }

    @Test("The longest durations overflow no sum silently")
    func extremes() {
        var histogram = LatencyHistogram()
        let longest = SimulatedDuration(nanoseconds: .max)
        histogram.record(longest, count: 1 << 55)
        #expect(histogram.sumOfNanoseconds == UInt128(Int64.max) << 55)
        #expect(histogram.variance == nil)
        #expect(histogram.maximum == longest && histogram.quantile(0.5) == longest)
        histogram.record(SimulatedDuration(nanoseconds: -5))
        #expect(histogram.minimum == .zero)
    }
}
