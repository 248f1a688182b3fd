import Kernel
import Model

/// The latencies of a run, by process and series: of everything, and of the interval that goes on.
///
/// Intervals come in two lengths, `factor` short to a long one; both have quantiles of their own, exact as
/// far as histograms are.
struct IntervalLatencies: Sendable {
    /// Quantiles of a short interval, and of the long one it belongs to up to its end.
    typealias Quantiles = (short: LatencyQuantiles, long: LatencyQuantiles)

    private let factor: UInt32
    /// By process, where its series begin in the arrays below, and last where they end: one array for all,
    /// since every latency of a run is recorded here.
    private let starts: [Int]
    /// Without the short interval that goes on.
    private var whole: [LatencyHistogram]
    /// Of the short interval that goes on.
    private var present: [LatencyHistogram]
    /// Of the latest long interval that has a short one which is over; unused if both are the same.
    private var long: [LatencyHistogram]
    /// By process.
    private var longNumbers: [UInt32]

    /// - Parameters:
    ///   - seriesCounts: by process, how many latency series it has.
    ///   - factor: short intervals in a long one, >= 1.
    init(seriesCounts: [Int], factor: Int) {
        self.factor = UInt32(clamping: max(factor, 1))
        starts = Self.starts(of: seriesCounts)
        whole = Array(repeating: LatencyHistogram(), count: seriesCounts.reduce(0, +))
        present = whole
        long = factor > 1 ? whole : []
        longNumbers = factor > 1 ? Array(repeating: 0, count: seriesCounts.count) : []
    }

    private static func starts(of counts: [Int]) -> [Int] {
        counts.reduce(into: [0]) { starts, count in starts.append(starts[starts.count - 1] + count)
        }
    }

    private func places(of process: Int) -> Range<Int> { starts[process]..<starts[process + 1] }

    @inline(__always)
    mutating func record(_ sample: LatencySample) {
        present[starts[Int(sample.process)] + Int(sample.series)].record(sample.latency)
    }

    /// Ends the short interval `number` of a process. By series: its quantiles. O(buckets).
    mutating func end(_ number: UInt32, of process: Int) -> [Quantiles] {
        let isOther = factor > 1 && longNumbers[process] != longNumber(number)
        if isOther { longNumbers[process] = longNumber(number) }
        return places(of: process).map { place in
            let short = LatencyQuantiles(present[place])
            var quantiles = (short: short, long: short)
            whole[place].merge(present[place])
            if factor > 1 {
                if isOther { long[place].removeAll() }
                long[place].merge(present[place])
                if !isOther { quantiles.long = LatencyQuantiles(long[place]) }
            }
            present[place].removeAll()
            return quantiles
        }
    }

    /// By series: what the quantiles would be if the short interval `number`, which goes on, ended now.
    func quantiles(of number: UInt32, _ process: Int) -> [Quantiles] {
        places(of: process).map { place in
            let short = LatencyQuantiles(present[place])
            guard factor > 1, longNumbers[process] == longNumber(number) else {
                return (short, short)
            }
            var histogram = long[place]
            histogram.merge(present[place])
            return (short, LatencyQuantiles(histogram))
        }
    }

    /// By series: everything.
    func all(of process: Int) -> [LatencyHistogram] {
        places(of: process).map { place in
            var histogram = whole[place]
            histogram.merge(present[place])
            return histogram
        }
    }

    /// By bucket of ``LatencyBuckets``: the successful requests of a service so far.
    func buckets(of process: Int) -> [UInt64] {
        guard let first = places(of: process).first else { return [] }
        return zip(
            whole[first].counts(within: LatencyBuckets.bounds),
            present[first].counts(within: LatencyBuckets.bounds)
        ).map { $0 + $1 }
    }

    private func longNumber(_ number: UInt32) -> UInt32 { (max(number, 1) - 1) / factor + 1 }
}

extension IntervalLatencies: BinaryCodable {
    static var leastEncodedSize: Int { 8 }

    func encode(into writer: inout ByteWriter) {
        writer.write(factor)
        writer.write(UInt32(clamping: starts.count - 1))
        for process in starts.indices.dropLast() {
            writer.write(UInt32(clamping: places(of: process).count))
        }
        writer.writeAll(whole)
        writer.writeAll(present)
        writer.writeAll(long)
        writer.writeRaw(longNumbers)
    }

    init(from reader: inout ByteReader) throws(ByteError) {
        factor = max(try reader.read(), 1)
        var counts: [Int] = []
        for _ in 0..<(try reader.readCount(ofSize: 4)) {
            counts.append(Int(try reader.read(UInt32.self)))
        }
        starts = Self.starts(of: counts)
        whole = Array(try reader.readAll() as ContiguousArray<LatencyHistogram>)
        present = Array(try reader.readAll() as ContiguousArray<LatencyHistogram>)
        long = Array(try reader.readAll() as ContiguousArray<LatencyHistogram>)
        longNumbers = try reader.readRaw()
        let total = starts[counts.count]
        guard whole.count == total, present.count == total, long.count == (factor > 1 ? total : 0),
            longNumbers.count == (factor > 1 ? counts.count : 0)
        else { throw ByteError(.invalid("latencies"), offset: reader.offset) }
    }
}
